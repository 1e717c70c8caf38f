import { z } from 'zod';
import { parseOrder } from '../../channels/shopify/parse-order.ts';
import type { TaskContext } from '../context.ts';
import type { Message, Settled } from './messages.ts';

/** Every order topic carries the whole order, so each of them may be the first that we see. */
export async function processShopOrder(messages: Message[], context: TaskContext): Promise<void> {
  for (const message of messages) {
    const finding = await intake(message, context);
    if (finding === 'settled') continue;
    await context.db.query('select app_private.settle_messages($1, $2)', [
      message.merchantId,
      JSON.stringify([{ id: message.id, ...finding }]),
    ]);
  }
}

type Finding = Omit<Settled, 'id'>;

/** The order and its message are settled in one transaction; else what a human has to look at, if anything. */
async function intake(message: Message, { db, now }: TaskContext): Promise<Finding | 'settled'> {
  if (!message.topic.startsWith('orders/')) return {};
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
