import { signatureOf } from './verify-webhook.ts';

export interface WebhookDraft {
  secret: string;
  shopDomain: string;
  /** `orders/create` */
  topic: string;
  payload: unknown;
  /** Stays the same over the retries of one delivery. */
  webhookId: string;
  /** Stays the same over all deliveries of one event. */
  eventId: string;
  /** ISO 8601 */
  triggeredAt: string;
  apiVersion?: string;
}

export interface BuiltWebhook {
  headers: Record<string, string>;
  /** The bytes that were signed: to be sent as they are. */
  body: Uint8Array<ArrayBuffer>;
}

/** A webhook as Shopify sends it: for the sandbox, the demo and the tests. */
export function buildWebhook(draft: WebhookDraft): BuiltWebhook {
  const body = new TextEncoder().encode(JSON.stringify(draft.payload));
  const headers = {
    'content-type': 'application/json',
    'x-shopify-topic': draft.topic,
    'x-shopify-hmac-sha256': signatureOf(draft.secret, body),
    'x-shopify-shop-domain': draft.shopDomain,
    'x-shopify-api-version': draft.apiVersion ?? '2026-10',
    'x-shopify-webhook-id': draft.webhookId,
    'x-shopify-event-id': draft.eventId,
    'x-shopify-triggered-at': draft.triggeredAt,
  };
  return { headers, body };
}
