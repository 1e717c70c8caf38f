/** The shop of the bench: signed webhooks, each a new order of the kind that reaches its door. */
import { request } from 'undici';
import type { Agent } from 'undici';
import { buildWebhook } from '../../channels/shopify/build-webhook.ts';
import { shopifyCredentials } from '../../demo/credentials.ts';
import { drafts } from '../../demo/orders.ts';
import { orderPayload } from '../../demo/payload.ts';
import { eventIdOf } from '../../demo/shop.ts';

const runId = 'bench';
const arriving = drafts.filter(({ attention }) => attention === undefined);

export interface Webhook {
  externalId: string;
  headers: Record<string, string>;
  body: Uint8Array<ArrayBuffer>;
}

/** The nth order, one of the demo's: addresses and phones as people type them, half of them paid at the door. */
export function webhookOf(n: number, now: Date): Webhook {
  const draft = arriving[n % arriving.length];
  if (draft === undefined) throw new Error('There are no orders that arrive');
  const payload = orderPayload(draft, { runId, n, createdAt: now.toISOString(), updatedAt: now });
  const eventId = eventIdOf(runId, 'orders/create', payload.id);
  const { headers, body } = buildWebhook({
    secret: shopifyCredentials.webhookSecret,
    shopDomain: 'waybill-demo.myshopify.com',
    topic: 'orders/create',
    payload,
    webhookId: eventId,
    eventId,
    triggeredAt: now.toISOString(),
  });
  return { externalId: String(payload.id), headers, body };
}

export async function sendWebhook(url: string, dispatcher: Agent, webhook: Webhook): Promise<void> {
  const { headers, body } = webhook;
  const answer = await request(`${url}/webhooks/shopify/1`, {
    method: 'POST',
    headers,
    body,
    dispatcher,
  });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`A webhook: ${answer.statusCode} ${text}`);
}
