import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { placeOrder, readOrder } from '../../sql-tests/support/orders.ts';
import { startTestApi } from '../testing/test-api.ts';
import type { TestApi } from '../testing/test-api.ts';

let api: TestApi;
let publicId: string;

beforeAll(async () => {
  api = await startTestApi({ RATE_LIMIT_TRACKING_MISS: '3 1h' });
  const order = await placeOrder(api.database.pool, api.ours, 'pickup');
  publicId = String((await readOrder(api.database.pool, order)).public_id);
});
afterAll(() => api.close());

const visit = (id: string) => fetch(`${api.server.url}/track/${id}`);

test('the link shows the order and nothing of the person, and is kept nowhere', async () => {
  const response = await visit(publicId);
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('private, no-store');
  const page = await response.text();
  expect(page).toContain('Cotton saree');
  for (const personal of ['Asha', '98470', 'Palm Grove']) expect(page).not.toContain(personal);
});

test('three links that lead nowhere are not found, the fourth waits; the right one still opens', async () => {
  const statuses: number[] = [];
  for (const id of ['AAAAAAAAAAAA', 'x', 'BBBBBBBBBBBB', 'CCCCCCCCCCCC']) {
    statuses.push((await visit(id)).status);
  }
  expect(statuses).toEqual([404, 404, 404, 429]);
  expect(Number((await visit('DDDDDDDDDDDD')).headers.get('retry-after'))).toBeGreaterThan(3000);
  expect((await visit(publicId)).status).toBe(200);
});

test('the API says the same with a code', async () => {
  const answer = await api.graphql(
    undefined,
    '{ trackedOrder(publicId: "EEEEEEEEEEEE") { status } }',
  );
  expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'RATE_LIMITED' });
});
