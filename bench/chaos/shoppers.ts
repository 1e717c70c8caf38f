/** Everybody who orders: a shop that sends signed webhooks, and clients that place orders themselves. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

import { buildWebhook } from '../../channels/shopify/build-webhook.ts';
import { parseOrder } from '../../channels/shopify/parse-order.ts';
import { shopifyCredentials } from '../../demo/credentials.ts';
import { eventIdOf } from '../../demo/shop.ts';
import { share } from '../../sandbox/chance.ts';
import { chaosOrder, type ChaosOrder } from './orders.ts';

export interface ShoppersOptions {
  orders: number;
  seconds: number;
  seed: string;
  serverUrl: string;
  adminUrl: string;
  /** The one that orders of this number go to. */
  storeOf: (n: number) => { merchantId: number; id: number };
}

export interface Accepted extends ChaosOrder {
  storeId: number;
}

/** How long a shopper goes on trying; Shopify itself does for two days. */
const patienceMs = 900_000;

/**
 * Orders come in at an even pace. `accepted` gets those that were answered with 200, or committed; what
 * is returned are the complaints of those that never were.
 */
export async function shop(options: ShoppersOptions, accepted: Accepted[]): Promise<string[]> {
  const startedAt = performance.now();
  const everyMs = (options.seconds * 1000) / options.orders;
  const coming: Promise<void>[] = [];
  const complaints: string[] = [];
  const complain = (error: unknown) => void complaints.push(String(error));
  for (let n = 0; n < options.orders; n += 1) {
    await sleep(Math.max(0, startedAt + n * everyMs - performance.now()));
    coming.push(bring(options, n, accepted).catch(complain));
  }
  await Promise.all(coming);
  return complaints;
}

async function bring(options: ShoppersOptions, n: number, accepted: Accepted[]): Promise<void> {
  const store = options.storeOf(n);
  const order = chaosOrder(options.seed, n, new Date());
  const taken = () => accepted.push({ ...order, storeId: store.id });
  if (order.comes === 'placed by hand') {
    await placeByHand(options, order, store);
    taken();
  } else {
    await sendWebhooks(options, order, store.id, taken);
  }
  if (order.fate !== 'cancelled') return;
  // Some before anything happened, some when the parcel is on its way.
  await sleep(share(options.seed, 'cancelled after', n) * 20_000);
  const cancelledAt = new Date().toISOString();
  const payload = { ...order.payload, cancelled_at: cancelledAt, cancel_reason: 'customer' };
  await deliver(options, store.id, 'orders/cancelled', payload, order.payload.id);
}

async function sendWebhooks(
  options: ShoppersOptions,
  { payload, comes }: ChaosOrder,
  storeId: number,
  taken: () => void,
): Promise<void> {
  const send = (topic: string) => deliver(options, storeId, topic, payload, payload.id);
  if (comes === 'updated first') await send('orders/updated');
  await Promise.all(
    comes === 'twice at once'
      ? [send('orders/create'), send('orders/create')]
      : [send('orders/create')],
  );
  taken();
  if (comes !== 'again later') return;
  await sleep(5_000);
  await send('orders/create');
}

/**
 * Until it is answered with 200, within five seconds as Shopify wants it, and ever less often: who asks
 * again at once keeps a server that has just come back from ever answering.
 */
async function deliver(
  { serverUrl, seed }: ShoppersOptions,
  storeId: number,
  topic: string,
  payload: unknown,
  orderId: number,
): Promise<void> {
  const eventId = eventIdOf(seed, topic, orderId);
  const { headers, body } = buildWebhook({
    secret: shopifyCredentials.webhookSecret,
    shopDomain: 'waybill-demo.myshopify.com',
    topic,
    payload,
    webhookId: eventId,
    eventId,
    triggeredAt: new Date().toISOString(),
  });
  const url = `${serverUrl}/webhooks/shopify/${storeId}`;
  const end = Date.now() + patienceMs;
  for (let gapMs = 500; ; gapMs = Math.min(60_000, gapMs * 2)) {
    const signal = AbortSignal.timeout(5_000);
    const answer = await fetch(url, { method: 'POST', headers, body, signal }).catch(() => null);
    await answer?.body?.cancel();
    if (answer?.status === 200) return;
    const status = answer?.status ?? 0;
    if (status >= 400 && status < 500 && status !== 429)
      throw new Error(`A webhook of ${topic} was answered with ${status}`);
    if (Date.now() > end) throw new Error(`A webhook of ${topic} was never accepted`);
    await sleep(gapMs * (0.5 + Math.random() / 2));
  }
}

/** Again under the same key until it is known to be committed, as any careful client does. */
async function placeByHand(
  options: ShoppersOptions,
  order: ChaosOrder,
  store: { merchantId: number; id: number },
): Promise<void> {
  const parsed = parseOrder(order.payload, { now: new Date() });
  if (!parsed.ok) throw new Error(`Order ${order.n} cannot be placed`);
  const input = { ...parsed.order, store_id: store.id };
  for (const end = Date.now() + patienceMs; ; await sleep(500)) {
    try {
      await asManager(options.adminUrl, store.merchantId, (client) =>
        client.query('select app_public.place_order($1, $2)', [input, `chaos ${order.externalId}`]),
      );
      return;
    } catch (error) {
      const isRefused = error instanceof pg.DatabaseError && error.code?.startsWith('WB') === true;
      if (isRefused || Date.now() > end) throw error;
    }
  }
}

async function asManager(
  adminUrl: string,
  merchantId: number,
  use: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  const client = new pg.Client({
    connectionString: adminUrl,
    connectionTimeoutMillis: 5_000,
    query_timeout: 10_000,
  });
  client.on('error', () => undefined); // its query rejects
  try {
    await client.connect();
    await client.query(
      `select set_config('jwt.claims.merchant_id', $1, false),
         set_config('jwt.claims.member_id', '1', false),
         set_config('jwt.claims.role', 'manager', false)`,
      [String(merchantId)],
    );
    await client.query('set role waybill_member');
    await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
