import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { dispatchAll } from '../support/dispatch.ts';
import { drive } from '../support/drive.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, writeMove } from '../support/orders.ts';
import { rows, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';

let database: TestDatabase;
let ours: Merchant;
let theirs: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  ours = await addMerchant(database.pool, 'Kochi Cotton');
  theirs = await addMerchant(database.pool, 'Delhi Denim');
});
afterAll(() => database.drop());

/** Of each store and status; of those that need attention where the status is null. */
const kept = () =>
  rows(
    database.pool,
    `select merchant_id, store_id, status, orders::integer from app_public.order_counts
     where orders <> 0
     union all
     select merchant_id, store_id, null, orders::integer from app_public.attention_counts
     where orders <> 0
     order by 1, 2, 3`,
  );
const counted = () =>
  rows(
    database.pool,
    `select merchant_id, store_id, status, count(*)::integer as orders
     from app_public.orders_current group by 1, 2, 3
     union all
     select merchant_id, store_id, null, count(*)::integer
     from app_public.orders_current where attention is not null group by 1, 2
     order by 1, 2, 3`,
  );

const note = (db: Db, order: string, type: 'attention_raised' | 'attention_cleared') =>
  db.query(
    `insert into app_public.order_events (order_id, type, reason, inputs)
     values ($1, $2, 'Look.', '{"code": "LOOK"}')`,
    [order, type],
  );

/** What a board of the store shows, to members and live alike. */
const shown = (merchant: Merchant) =>
  value<number>(
    database.pool,
    'select attention as value from app_private.store_counts(array[$1::integer], array[$2::integer])',
    [merchant.id, merchant.shipping],
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
  await note(database.pool, order, 'attention_raised');
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
  await database.pool.query('update app_public.attention_counts set orders = orders + 7');
  await database.pool.query('select app_private.recount_orders()');
  expect(await kept()).not.toEqual(await counted());
  await dispatchAll(database.pool);
  expect(await kept()).toEqual(await counted());
});

test('an order that needs attention counts once, however often it is raised or cleared, and by whomever', async () => {
  const order = await placeOrder(database.pool, ours, 'shipping');
  const other = await placeOrder(database.pool, ours, 'shipping');
  const steps: [number, () => Promise<unknown>][] = [
    [0, () => note(database.pool, order, 'attention_cleared')],
    [1, () => note(database.pool, order, 'attention_raised')],
    [1, () => note(database.pool, order, 'attention_raised')],
    [1, () => writeMove(database.pool, order, { to: 'accepted' })],
    [2, () => note(database.pool, other, 'attention_raised')],
    [1, () => clearAttention(order)],
    [1, () => clearAttention(order)],
    [0, () => note(database.pool, other, 'attention_cleared')],
  ];
  for (const [expected, step] of steps) {
    await step();
    await dispatchAll(database.pool);
    expect(await shown(ours)).toBe(expected);
    expect(await kept()).toEqual(await counted());
  }
});

test('an older transaction that comes to an order after a younger one is counted right, in between too', async () => {
  const order = await placeOrder(database.pool, ours, 'shipping');
  await dispatchAll(database.pool);
  const older = await database.connect();
  await older.query('begin');
  await older.query('select pg_current_xact_id()');
  await note(database.pool, order, 'attention_raised');
  await note(older, order, 'attention_cleared');
  await older.query('commit');
  await older.end();
  const dispatchOne = 'select app_private.dispatch_events(1) as value';
  for (const told of [1, 1, 0]) {
    expect(await value(database.pool, dispatchOne)).toBe(told);
    expect(await shown(ours)).toBe(0);
    expect(
      await rows(database.pool, 'select * from app_private.broken_order_counts_add_up'),
    ).toEqual([]);
  }
  expect(await kept()).toEqual(await counted());
});

async function clearAttention(order: string): Promise<void> {
  await database.withRollback(async (db) => {
    await asMember(db, ours, 'staff');
    await db.query(`select app_public.clear_attention($1, 'looked')`, [order]);
    await db.query('commit');
  });
}
