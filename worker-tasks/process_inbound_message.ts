/**
 * Caused by: a webhook that was stored.
 * Does: makes true here what a shop, a carrier or WhatsApp reported.
 * Twice is harmless: orders are unique by their external id, scans by their content, message statuses
 * only go forward, and a settled message is not read again.
 */
import type { Task } from 'graphile-worker';
import { z } from 'zod';
import { carriers } from '../carriers/registry.ts';
import type { CarrierCode } from '../carriers/registry.ts';
import { parseOrder } from '../channels/shopify/parse-order.ts';
import { parseWebhook } from '../channels/whatsapp/parse-webhook.ts';
import type { TaskContext } from '../worker/context.ts';
import { scanRows } from '../worker/scan-rows.ts';

const Payload = z.object({ merchantId: z.number().int(), id: z.uuid() });

interface Message {
  merchantId: number;
  id: string;
  accountId: number;
  topic: string;
  payload: unknown;
  receivedAt: Date;
}

/** What a human has to look at, or null when all is well. */
type Finding = { field: string; reason: string } | null;

export const task =
  (context: TaskContext): Task =>
  async (rawPayload) => {
    const { merchantId, id } = Payload.parse(rawPayload);
    const { rows } = await context.db.query<{
      service: string;
      account_id: number;
      topic: string;
      body: Buffer;
      received_at: Date;
    }>('select * from app_private.read_message($1, $2)', [merchantId, id]);
    const row = rows[0];
    if (row === undefined) return;
    const message = {
      merchantId,
      id,
      accountId: row.account_id,
      topic: row.topic,
      receivedAt: row.received_at,
      payload: JSON.parse(row.body.toString('utf8')) as unknown,
    };
    const finding = await processors[row.service]?.(message, context);
    if (finding === 'settled') return;
    await context.db.query('select app_private.settle_message($1, $2, null, $3, $4)', [
      merchantId,
      id,
      finding?.field ?? null,
      finding?.reason ?? null,
    ]);
  };

const processors: Record<
  string,
  (message: Message, context: TaskContext) => Promise<Finding | 'settled'>
> = {
  shopify: processShopOrder,
  carrier: processScan,
  whatsapp: processMessageReport,
};

/** Every order topic carries the whole order, so each of them may be the first that we see. */
async function processShopOrder(
  message: Message,
  { db, now }: TaskContext,
): Promise<Finding | 'settled'> {
  if (!message.topic.startsWith('orders/')) return null;
  const parsed = parseOrder(message.payload, { now: now() });
  if (!parsed.ok) return parsed.problems[0] ?? { field: '', reason: 'The order is not readable.' };
  const cancelled = message.topic === 'orders/cancelled' || parsed.cancelledAt !== null;
  try {
    await db.query('select app_private.intake_order($1, $2, $3, $4)', [
      message.merchantId,
      message.id,
      {
        ...parsed.order,
        store_id: message.accountId,
        source: 'shopify',
        external_updated_at: parsed.updatedAt,
      },
      cancelled
        ? `The shop cancelled the order: ${parsed.cancelReason ?? 'no reason given'}`
        : null,
    ]);
  } catch (error) {
    return findingOf(error);
  }
  return 'settled';
}

/** A refusal names field and reason for a human; anything else is tried again. */
function findingOf(error: unknown): Finding {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'WB004') throw error;
  const detail = 'detail' in error && typeof error.detail === 'string' ? error.detail : '{}';
  const facts = z.object({ field: z.string().default('') }).parse(JSON.parse(detail));
  return { field: facts.field, reason: error.message };
}

async function processScan(message: Message, { db }: TaskContext): Promise<Finding> {
  const { rows } = await db.query<{ carrier: CarrierCode }>(
    'select app_private.carrier_of($1, $2) as carrier',
    [message.merchantId, message.accountId],
  );
  const carrier = rows[0]?.carrier;
  if (carrier === undefined) return { field: 'account', reason: 'The account is gone.' };
  const parsed = carriers[carrier].readPush(message.payload);
  if (!parsed.ok) return { field: 'scan', reason: parsed.reason };
  await db.query('select app_private.record_scans($1, $2, $3)', [
    message.merchantId,
    message.accountId,
    JSON.stringify(scanRows(parsed.scans)),
  ]);
  return null;
}

async function processMessageReport(message: Message, { db }: TaskContext): Promise<Finding> {
  const { statuses } = parseWebhook(message.payload, message.receivedAt.toISOString());
  for (const status of statuses) {
    const [merchant, messageId] = (status.callbackData ?? '').split(':');
    if (Number(merchant) !== message.merchantId || messageId === undefined) continue;
    await db.query('select app_private.record_message_status($1, $2, $3, $4, $5, $6)', [
      message.merchantId,
      messageId,
      status.messageId,
      status.status === 'played' ? 'read' : status.status,
      status.at,
      status.errorCode,
    ]);
  }
  return null;
}
