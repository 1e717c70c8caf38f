import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { dispatchAll } from '../support/dispatch.ts';
import { drive } from '../support/drive.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, writeMove } from '../support/orders.ts';
import { rows } from '../support/query.ts';

let database: TestDatabase;
let ours: Merchant;
let theirs: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  ours = await addMerchant(database.pool, 'Kochi Cotton');
  theirs = await addMerchant(database.pool, 'Delhi Denim');
});
afterAll(() => database.drop());

const kept = () =>
  rows(
    database.pool,
    `select merchant_id, store_id, status, orders::integer from app_public.order_counts
     where orders <> 0 order by 1, 2, 3`,
  );
const counted = () =>
  rows(
    database.pool,
    `select merchant_id, store_id, status, count(*)::integer as orders
     from app_public.orders_current group by 1, 2, 3 order by 1, 2, 3`,
  );

async function work(merchant: Merchant): Promise<void> {
  for (const status of ['received', 'validated', 'delivered']) {
    await drive(
      database.pool,
      merchant,
      await placeOrder(database.pool, merchant, 'automated'),
      status,
    );
  }
  const order = await placeOrder(database.pool, merchant, 'pickup');
  for (const to of ['accepted', 'in_progress', 'ready']) {
    await writeMove(database.pool, order, { to });
  }
  await writeMove(database.pool, order, { to: 'accepted', override: true, reason: 'Broken vase' });
  await placeOrder(database.pool, merchant, 'pickup');
}

test('the kept counts are the orders in each status of each store, once the dispatcher has passed', async () => {
  await work(ours);
  await work(theirs);
  await dispatchAll(database.pool);
  expect(await kept()).toEqual(await counted());
  await work(ours);
  expect(await kept()).not.toEqual(await counted());
  await dispatchAll(database.pool);
  expect(await kept()).toEqual(await counted());
});

test('counting anew mends them, and leaves to the dispatcher what it has not come to', async () => {
  await dispatchAll(database.pool);
  await work(ours);
  await database.pool.query('update app_public.order_counts set orders = orders + 7');
  await database.pool.query('select app_private.recount_orders()');
  expect(await kept()).not.toEqual(await counted());
  await dispatchAll(database.pool);
  expect(await kept()).toEqual(await counted());
});
