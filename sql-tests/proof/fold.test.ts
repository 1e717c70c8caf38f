import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addTwoMerchants } from '../support/merchants.ts';
import { count, rows } from '../support/query.ts';
import { keepBusy, liveOnce } from './busy.ts';
import { readModels, unfolded } from './folded.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  const { mine, other } = await addTwoMerchants(database.pool);
  const client = await database.connect();
  await liveOnce(client, mine);
  const busy = keepBusy(database, [mine, other], 4);
  await liveOnce(client, other);
  await busy.stop();
});
afterAll(() => database.drop());

test.each(Object.keys(readModels))('%s holds something to compare', async (name) => {
  expect(await count(database.pool, `(${readModels[name]?.kept}) k`)).toBeGreaterThan(10);
});

test('the folded log is what the triggers made of it, in every column of every read model', async () => {
  expect(await unfolded(database.pool)).toEqual({});
});

test('every column of an order that can change has changed in some order', async () => {
  const changed = await rows(
    database.pool,
    `select count(shipping_status) > 0 and count(tracking_code) > 0 and count(tracking_url) > 0
       and count(attention) > 0 and count(accepted_at) > 0 and count(ready_at) > 0
       and count(completed_at) > 0 and max(ship_to_version) > 2 as all
     from app_public.orders_current`,
  );
  expect(changed).toEqual([{ all: true }]);
});

test('a condition on one order reads the events of that order alone', async () => {
  const plan = await rows<{ 'QUERY PLAN': string }>(
    database.pool,
    `explain select * from app_hidden.fold_orders(null)
     where merchant_id = 1 and order_id = app_hidden.uuid_v7_floor(now())`,
  );
  const text = plan.map((row) => row['QUERY PLAN']).join('\n');
  expect(text).not.toContain('Function Scan on fold_orders');
  expect(text).toMatch(/Index Cond: \(\(merchant_id = 1\) AND \(order_id = /);
});
