import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';

import { buildWebhook } from '../../channels/shopify/build-webhook.ts';
import { count } from '../../sql-tests/support/query.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi({
    TRUST_PROXY: '1',
    RATE_LIMIT_WEBHOOK_ACCOUNT: '20 1m',
    RATE_LIMIT_WEBHOOK_FORGERY: '5 1m',
  });
  for (const merchant of [api.ours, api.theirs]) {
    await api.seal(merchant, 'shopify', merchant.automated, { webhookSecret: 'shop-secret' });
  }
});
afterAll(() => api.close());
beforeEach(() => api.database.pool.query('delete from app_private.rate_buckets'));

let deliveries = 0;

async function send(storeId: number, secret = 'shop-secret', address = '203.0.113.1') {
  const { body, headers } = buildWebhook({
    secret,
    eventId: `event-${(deliveries += 1)}`,
    shopDomain: 'a.myshopify.com',
    topic: 'orders/create',
    webhookId: `w-${deliveries}`,
    payload: { id: deliveries },
    triggeredAt: '2026-11-21T10:00:00Z',
  });
  const response = await fetch(`${api.server.url}/webhooks/shopify/${storeId}`, {
    method: 'POST',
    body: new Uint8Array(body),
    headers: { ...headers, 'x-forwarded-for': address },
  });
  await response.arrayBuffer();
  return { status: response.status, retryAfter: response.headers.get('retry-after') };
}

const many = async (n: number, ...how: Parameters<typeof send>) =>
  (await Promise.all(Array.from({ length: n }, () => send(...how)))).map(({ status }) => status);
const of = (status: number, statuses: number[]) => statuses.filter((s) => s === status).length;

const stored = () => count(api.database.pool, 'app_public.inbound_messages');
const rejected = () => count(api.database.pool, 'app_private.rejected_webhooks');

test('a store has its burst; what is more is told when to come back, and another store goes on', async () => {
  const before = await stored();
  const statuses = await many(30, api.ours.automated);
  expect([of(200, statuses), of(429, statuses)]).toEqual([20, 10]);
  expect(await stored()).toBe(before + 20);
  expect(Number((await send(api.ours.automated)).retryAfter)).toBeGreaterThan(50);
  expect((await send(api.theirs.automated)).status).toBe(200);
});

test('forgeries leave rows up to the limit of their sender, and never hold up what is genuine', async () => {
  const before = await rejected();
  const statuses = await many(20, api.ours.automated, 'guessed');
  expect([of(401, statuses), of(429, statuses)]).toEqual([5, 15]);
  expect(await rejected()).toBe(before + 5);
  // From the very same address, as when a shop's sender is shared with the forger.
  expect((await send(api.ours.automated)).status).toBe(200);
  expect((await send(api.ours.automated, 'guessed', '203.0.113.2')).status).toBe(401);
});

test('who tries out addresses is slowed down too', async () => {
  const statuses = await many(8, 999_999);
  expect([of(404, statuses), of(429, statuses)]).toEqual([5, 3]);
});
