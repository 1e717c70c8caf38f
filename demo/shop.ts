/** The demo's Shopify shop: sends signed webhooks, again and again like the real one. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildWebhook } from '../channels/shopify/build-webhook.ts';
import type { Config } from '../config.ts';
import { shopifyCredentials } from './credentials.ts';
import { endlessOrder } from './orders.ts';

export interface ShopWebhook {
  topic: string;
  payload: unknown;
  /** The same over all deliveries of one event. */
  eventId: string;
  /** Signed with a secret that is not the shop's. */
  forged?: boolean;
}

const shopDomain = 'waybill-demo.myshopify.com';
/** Shopify gives an answer five seconds, and a webhook eight more tries. */
const timeoutMs = 5_000;
const retries = 8;
const firstRetryMs = 250;

export class DemoShop {
  readonly #url: string;
  readonly #runId: string;

  constructor(config: Pick<Config, 'publicUrl'>, runId: string, storeId = 1) {
    this.#url = `${config.publicUrl}/webhooks/shopify/${storeId}`;
    this.#runId = runId;
  }

  /** Sends the nth of an endless row of orders. */
  async send(n: number): Promise<void> {
    const payload = endlessOrder(this.#runId, n, new Date());
    const eventId = eventIdOf(this.#runId, 'orders/create', payload.id);
    const status = await this.deliver({ topic: 'orders/create', payload, eventId });
    if (status !== 200) throw new Error(`The webhook was answered with ${status}`);
  }

  /** Delivers one webhook, again while the server cannot take it; returns the last status. */
  async deliver(webhook: ShopWebhook): Promise<number> {
    const { headers, body } = buildWebhook({
      secret: webhook.forged === true ? 'not-the-shops-secret' : shopifyCredentials.webhookSecret,
      shopDomain,
      topic: webhook.topic,
      payload: webhook.payload,
      webhookId: webhook.eventId,
      eventId: webhook.eventId,
      triggeredAt: new Date().toISOString(),
    });
    for (let attempt = 0; ; attempt += 1) {
      const status = await this.#post(headers, body);
      const tryAgain = status === null || status === 429 || status >= 500;
      if (!tryAgain) return status;
      if (attempt === retries) {
        throw new Error(`${this.#url} takes no webhooks: ${status ?? 'no answer'}`);
      }
      await sleep(Math.min(firstRetryMs * 2 ** attempt, 4_000));
    }
  }

  /** Null when there was no answer. */
  async #post(
    headers: Record<string, string>,
    body: Uint8Array<ArrayBuffer>,
  ): Promise<number | null> {
    try {
      const answer = await fetch(this.#url, {
        method: 'POST',
        headers,
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      await answer.arrayBuffer();
      return answer.status;
    } catch {
      return null;
    }
  }
}

/** Shaped like Shopify's: a UUID that the same event of the same run always has. */
export function eventIdOf(runId: string, topic: string, orderId: number): string {
  const hex = createHash('sha256')
    .update(JSON.stringify([runId, topic, orderId]))
    .digest('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}
