import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { dispatchAll } from '../support/dispatch.ts';
import { drive } from '../support/drive.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder } from '../support/orders.ts';
import { committed, inParallel } from '../support/parallel.ts';
import { count, rows, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

const dispatch = (db: Db, batch = 1000) =>
  value<number>(db, 'select app_private.dispatch_events($1) as value', [batch]);

/** The subject and kind of each job, of these orders if any are named. */
async function jobsOf(db: Db, ...orders: string[]): Promise<string[]> {
  const found = await rows<{ job: string }>(
    db,
    `select concat_ws(' ', j.payload ->> 'subjectId', j.payload ->> 'kind') as job
     from graphile_worker._private_jobs j
     where cardinality($1::text[]) = 0 or j.payload ->> 'subjectId' = any ($1)
     order by 1`,
    [orders],
  );
  return found.map(({ job }) => job);
}

async function intentsOf(db: Db): Promise<string[]> {
  const found = await rows<{ effect: string }>(
    db,
    `select concat_ws(' ', subject_id, kind) as effect from app_public.effects
     where status = 'intent' order by 1`,
  );
  return found.map(({ effect }) => effect);
}

test('the jobs are exactly the effects that the events caused', async () => {
  for (const status of ['received', 'validated', 'assigned', 'received']) {
    await drive(
      database.pool,
      merchant,
      await placeOrder(database.pool, merchant, 'automated'),
      status,
    );
  }
  for (const workflow of ['shipping', 'pickup'] as const) {
    await placeOrder(database.pool, merchant, workflow);
  }
  expect(await jobsOf(database.pool)).toEqual([]);
  await dispatchAll(database.pool);
  expect(await jobsOf(database.pool)).toEqual(await intentsOf(database.pool));
});

test('dispatching again adds nothing', async () => {
  await placeOrder(database.pool, merchant, 'automated');
  await dispatchAll(database.pool);
  const before = await jobsOf(database.pool);
  expect(await dispatch(database.pool)).toBe(0);
  expect(await jobsOf(database.pool)).toEqual(before);
});

test('a dispatcher killed before its commit did nothing; the next does all of it', async () => {
  const order = await placeOrder(database.pool, merchant, 'automated');
  const killed = await database.connect();
  await killed.query('begin');
  await dispatchAll(killed);
  expect(await jobsOf(killed, order)).toHaveLength(1);
  await killed.query('rollback');
  expect(await jobsOf(database.pool, order)).toHaveLength(0);
  await dispatchAll(database.pool);
  expect(await jobsOf(database.pool, order)).toEqual([`${order} validate_order`]);
});

test('a second dispatcher beside the first passes, and adds nothing twice', async () => {
  const order = await placeOrder(database.pool, merchant, 'automated');
  const [first, second] = [await database.connect(), await database.connect()];
  await first.query('begin');
  await dispatchAll(first);
  expect(await dispatch(second)).toBe(0);
  await first.query('commit');
  await dispatchAll(second);
  expect(await jobsOf(database.pool, order)).toEqual([`${order} validate_order`]);
});

test('ten dispatchers while ten writers write: each job once, none missing', async () => {
  const orders: string[] = [];
  await Promise.all([
    inParallel(database, 10, 60, async (db) => {
      orders.push(await placeOrder(db, merchant, 'automated'));
    }),
    inParallel(database, 4, 60, (db, at) => dispatch(db, 1 + (at % 7))),
  ]);
  await dispatchAll(database.pool);
  const expected = orders.map((order) => `${order} validate_order`).sort();
  expect(await jobsOf(database.pool, ...orders)).toEqual(expected);
});

test('an event that commits late, from an older transaction, is not passed over', async () => {
  const late = await database.connect();
  await late.query('begin');
  const first = await placeOrder(late, merchant, 'automated');
  const elsewhere = await placeOrder(
    database.pool,
    await addMerchant(database.pool, 'Second'),
    'automated',
  );
  await dispatch(database.pool);
  expect(await jobsOf(database.pool, first, elsewhere)).toEqual([]);
  await late.query('commit');
  await dispatchAll(database.pool);
  const expected = [`${first} validate_order`, `${elsewhere} validate_order`].sort();
  expect(await jobsOf(database.pool, first, elsewhere)).toEqual(expected);
});

test('one transaction is dispatched as a whole, however small the batch', async () => {
  const client = await database.connect();
  const orders = await committed(client, async () => {
    const placed = [];
    for (let n = 0; n < 5; n += 1) placed.push(await placeOrder(client, merchant, 'automated'));
    return placed;
  });
  let found = 0;
  while (found === 0) found = await dispatch(database.pool, 2);
  expect(await jobsOf(database.pool, ...orders)).toHaveLength(5);
});

test('the live subscriptions are woken with how far the dispatcher came', async () => {
  const listener = await database.connect();
  const woken = new Promise<string>((resolve) => {
    listener.on('notification', ({ payload }) => resolve(payload ?? ''));
  });
  await listener.query('listen waybill_events');
  const order = await placeOrder(database.pool, merchant, 'shipping');
  await dispatchAll(database.pool);
  const written = await value<string>(
    database.pool,
    'select position::text as value from app_private.live_log where order_id = $1',
    [order],
  );
  expect(await woken).toBe(written);
});

test('the lag is the age of the oldest event that waits, and nothing when none does', async () => {
  await dispatchAll(database.pool);
  const lag = () =>
    value<number>(
      database.pool,
      `select extract(epoch from app_private.dispatch_lag())::float8 as value`,
    );
  expect(await lag()).toBe(0);
  await placeOrder(database.pool, merchant, 'shipping');
  expect(await lag()).toBeGreaterThan(0);
});

test('whether it waits for an open transaction is told apart from nobody dispatching', async () => {
  await dispatchAll(database.pool);
  const held = () =>
    value<boolean>(database.pool, 'select app_private.dispatch_is_held_back() as value');
  expect(await held()).toBe(false);
  const open = await database.connect();
  await open.query('begin');
  await placeOrder(open, merchant, 'automated');
  await placeOrder(database.pool, await addMerchant(database.pool, 'Waits'), 'automated');
  expect(await held()).toBe(true);
  await open.query('rollback');
});

test('a job names whose, what and which kind, and nothing personal', async () => {
  await placeOrder(database.pool, merchant, 'automated');
  await dispatchAll(database.pool);
  const personal = await count(
    database.pool,
    `graphile_worker._private_jobs where payload::text ~* 'asha|98470|palm'`,
  );
  expect(personal).toBe(0);
  const keys = await value<string[]>(
    database.pool,
    `select array_agg(distinct k order by k) as value
     from graphile_worker._private_jobs, json_object_keys(payload) k`,
  );
  expect(keys).toEqual(['kind', 'merchantId', 'subjectId']);
});
