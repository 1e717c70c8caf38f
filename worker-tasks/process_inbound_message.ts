/**
 * Caused by: webhooks that were stored.
 * Does: makes true here what a shop, a carrier or WhatsApp reported. What one account reported is recorded and
 * settled together, each on its own only when that fails, so that one bad report holds up no other.
 * Twice is harmless: orders are unique by their external id, scans by their content, message statuses
 * only go forward, and a settled message is not read again.
 */
import type { Task } from 'graphile-worker';
import { z } from 'zod';
import type { TaskContext } from '../worker/context.ts';
import { processMessageReports } from '../worker/inbound/message-reports.ts';
import { readMessages } from '../worker/inbound/messages.ts';
import type { Message, Processor } from '../worker/inbound/messages.ts';
import { processScans } from '../worker/inbound/scans.ts';
import { processShopOrder } from '../worker/inbound/shop-order.ts';

const Payload = z.object({ merchantId: z.number().int(), ids: z.array(z.uuid()).min(1) });

const processors: Record<string, Processor> = {
  shopify: (messages, context) => oneByOne(processShopOrder, messages, context),
  carrier: processScans,
  whatsapp: processMessageReports,
};

export const task =
  (context: TaskContext): Task =>
  async (rawPayload) => {
    const { merchantId, ids } = Payload.parse(rawPayload);
    const messages = await readMessages(merchantId, ids, context);
    const accounts = Object.values(
      Object.groupBy(messages, ({ service, accountId }) => `${service}/${accountId}`),
    );
    const failures: unknown[] = [];
    for (const ofOne of accounts) {
      if (ofOne !== undefined) await process(ofOne, context).catch((error) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  };

async function process(messages: Message[], context: TaskContext): Promise<void> {
  const processor = processors[messages[0]?.service ?? ''];
  if (processor === undefined) throw new Error('There is no such service');
  try {
    await processor(messages, context);
  } catch (error) {
    if (messages.length === 1) throw error;
    await oneByOne(processor, messages, context);
  }
}

/** All are tried; the first failure is the job's. */
async function oneByOne(
  processor: Processor,
  messages: Message[],
  context: TaskContext,
): Promise<void> {
  const failures: unknown[] = [];
  for (const message of messages) {
    await processor([message], context).catch((error) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}
