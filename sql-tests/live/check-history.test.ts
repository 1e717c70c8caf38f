import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { dispatchAll } from '../support/dispatch.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, writeMove } from '../support/orders.ts';
import { one, rows, value } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
  await database.pool.query('select app_private.check_history()');
});
afterAll(() => database.drop());

interface State {
  stream: string;
  position: number;
}
const state = () =>
  one<State>(database.pool, 'select stream, position::integer from app_private.live_position()');
const told = (after: number) =>
  rows<{ order_id: string; seq: number }>(
    database.pool,
    'select order_id, seq from app_private.live_events($1)',
    [after],
  );
const counts = () =>
  rows(
    database.pool,
    `select status, orders::integer from app_public.order_counts where orders <> 0 and merchant_id = $1 order by 1`,
    [merchant.id],
  );

/** What a dump brings into a cluster that has counted fewer transactions: ids of its future. */
async function restoreIntoYoungerCluster(): Promise<void> {
  await database.pool.query(`
    set session_replication_role = replica;
    update app_public.order_events set xact_id = (xact_id::text::bigint + 1000000)::text::xid8;
    update app_private.dispatch_cursor
    set next_xact = (next_xact::text::bigint + 1000000)::text::xid8;
    set session_replication_role = origin`);
}

test('in the same place nothing begins anew', async () => {
  const before = await state();
  expect(await value(database.pool, 'select app_private.check_history() as value')).toBe(false);
  expect(await state()).toEqual(before);
});

test('after a dump was restored into a younger cluster the dispatcher goes on by itself', async () => {
  const seen = await placeOrder(database.pool, merchant, 'pickup');
  await dispatchAll(database.pool);
  const untold = await placeOrder(database.pool, merchant, 'pickup');
  const before = await state();
  await restoreIntoYoungerCluster();
  const fresh = await placeOrder(database.pool, merchant, 'pickup');
  await database.pool.query('select app_private.dispatch_events()');
  const after = await state();
  expect(after.stream).not.toBe(before.stream);
  expect(await told(before.position)).toEqual([
    { order_id: untold, seq: 1 },
    { order_id: fresh, seq: 1 },
  ]);
  expect(await counts()).toEqual([{ status: 'pending', orders: 3 }]);

  await writeMove(database.pool, seen, { to: 'accepted' });
  await dispatchAll(database.pool);
  expect(await told(after.position)).toEqual([{ order_id: seen, seq: 2 }]);
  expect(await counts()).toEqual([
    { status: 'accepted', orders: 1 },
    { status: 'pending', orders: 2 },
  ]);
  expect(
    await value(
      database.pool,
      'select extract(epoch from app_private.dispatch_lag())::integer as value',
    ),
  ).toBe(0);
});

test('a dump restored over the same database, which makes its tables anew, is noticed', async () => {
  const before = await state();
  const known = await value<string>(
    database.pool,
    'select history as value from app_private.dispatch_cursor',
  );
  expect(known.split('.')).toHaveLength(4);
  await database.pool.query(
    "update app_private.dispatch_cursor set history = regexp_replace(history, '[0-9]+$', '1')",
  );
  expect(await value(database.pool, 'select app_private.check_history() as value')).toBe(true);
  expect((await state()).stream).not.toBe(before.stream);
  expect(
    await value<string>(database.pool, 'select history as value from app_private.dispatch_cursor'),
  ).toBe(known);
});

test('another cluster, timeline or database is noticed when a dispatcher begins to lead', async () => {
  const before = await state();
  await database.pool.query("update app_private.dispatch_cursor set history = '1.1.1.1'");
  expect(await value(database.pool, 'select app_private.check_history() as value')).toBe(true);
  expect((await state()).stream).not.toBe(before.stream);
  expect(await value(database.pool, 'select app_private.check_history() as value')).toBe(false);
});
