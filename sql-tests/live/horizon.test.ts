import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { dispatchAll } from '../support/dispatch.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder } from '../support/orders.ts';
import { value } from '../support/query.ts';
import type { Db } from '../support/query.ts';
import { findTestServer } from '../support/test-server.ts';

let database: TestDatabase;
let merchant: Merchant;
let other: Merchant;
let worker: pg.Client;
let open: pg.Client | undefined;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
  other = await addMerchant(database.pool, 'Muziris Spices');
  worker = await database.connect(database.workerUrl);
});
afterEach(async () => {
  await open?.query('rollback');
  open = undefined;
  await dispatchAll(database.pool);
});
afterAll(() => database.drop());

/** A transaction with an id, here or in another database of the same cluster. */
async function begin(url: string): Promise<string> {
  open = await database.connect(url);
  await open.query('begin');
  return value<string>(open, 'select pg_current_xact_id()::text as value');
}

/** As the dispatcher does, who is no superuser and has no statistics role. */
const dispatch = (client: Db = worker) =>
  value<number>(client, 'select app_private.dispatch_events() as value');
const heldBack = () =>
  value<boolean>(worker, 'select app_private.dispatch_is_held_back() as value');
const horizon = () =>
  value<string>(database.pool, 'select app_private.dispatch_horizon()::text as value');

test('a transaction that is open in another database of the cluster holds nothing back', async () => {
  const theirs = BigInt(await begin(findTestServer().adminUrl));
  await placeOrder(database.pool, merchant, 'pickup');
  const oldest = 'select pg_snapshot_xmin(pg_current_snapshot())::text as value';
  expect(BigInt(await value<string>(worker, oldest))).toBeLessThanOrEqual(theirs);
  expect(BigInt(await horizon())).toBeGreaterThan(theirs);
  expect(await heldBack()).toBe(false);
  expect(await dispatch()).toBe(1);
});

test('one that is open in the same database does', async () => {
  const ours = await begin(database.url);
  await placeOrder(database.pool, merchant, 'pickup');
  expect(await horizon()).toBe(ours);
  expect(await heldBack()).toBe(true);
  expect(await dispatch()).toBe(0);
  await open?.query('rollback');
  expect(await dispatch()).toBe(1);
});

test('so does one whose only writes are those of a subtransaction', async () => {
  open = await database.connect();
  await open.query('begin; savepoint one');
  await placeOrder(open, merchant, 'pickup');
  await open.query('release savepoint one');
  await placeOrder(database.pool, other, 'pickup');
  expect(await dispatch()).toBe(0);
  await open.query('commit');
  expect(await dispatch()).toBe(2);
});

test('what was seen of others earlier in the same transaction is seen anew', async () => {
  const dispatcher = await database.connect(database.workerUrl);
  await dispatcher.query('begin');
  expect(await dispatch(dispatcher)).toBe(0);
  await begin(findTestServer().adminUrl);
  await placeOrder(database.pool, merchant, 'pickup');
  expect(await dispatch(dispatcher)).toBe(1);
  await dispatcher.query('commit');
});

test('a prepared transaction holds back its own database and no other', async () => {
  const most = await value<string>(
    worker,
    "select current_setting('max_prepared_transactions') as value",
  );
  if (most === '0') return; // .ci/postgres-15 has some
  for (const { url, found } of [
    { url: database.url, found: 0 },
    { url: findTestServer().adminUrl, found: 1 },
  ]) {
    await begin(url);
    await open?.query("prepare transaction 'held'");
    await placeOrder(database.pool, merchant, 'pickup');
    expect(await dispatch()).toBe(found);
    await open?.query("rollback prepared 'held'");
    await dispatchAll(database.pool);
  }
});

test('while many write, here and there, every event is told once and none is passed over', async () => {
  await begin(findTestServer().adminUrl);
  const merchants = await Promise.all(
    [1, 2, 3, 4].map((n) => addMerchant(database.pool, `Busy ${n}`)),
  );
  let writing = true;
  const writers = merchants.map(async (mine) => {
    const client = await database.connect();
    for (let n = 0; n < 25; n += 1) {
      await client.query('begin');
      await placeOrder(client, mine, 'pickup');
      await client.query('select pg_sleep($1)', [((n * 7) % 5) / 500]);
      await client.query(n % 5 === 4 ? 'rollback' : 'commit');
    }
  });
  const dispatching = (async () => {
    while (writing) await dispatch();
  })();
  await Promise.all(writers);
  writing = false;
  await dispatching;
  await dispatchAll(database.pool);
  const missed = `select count(*)::integer as value from app_public.order_events e
    full join app_private.live_log l on l.order_id = e.order_id and l.seq = e.seq
    where l.seq is null or e.seq is null`;
  expect(await value<number>(database.pool, missed)).toBe(0);
  const gaps =
    'select max(position)::integer - count(*)::integer as value from app_private.live_log';
  expect(await value<number>(database.pool, gaps)).toBe(0);
});
