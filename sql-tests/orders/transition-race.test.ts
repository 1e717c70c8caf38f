import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, readOrder } from '../support/orders.ts';
import { outcomeOf, tally } from '../support/outcome.ts';
import { backendOf, committed, inParallel, untilBlocked } from '../support/parallel.ts';
import { count } from '../support/query.ts';
import type { Db } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

const accept = async (db: Db, order: string, expected: string | null) => {
  await asMember(db, merchant, 'staff');
  await db.query(`select app_public.transition_order($1, 'accepted', $2)`, [order, expected]);
};

test('of two who accept the same order one wins; the other learns what it is now', async () => {
  const order = await placeOrder(database.pool, merchant, 'shipping');
  const [first, second] = [await database.connect(), await database.connect()];
  await first.query('begin');
  await accept(first, order, 'pending');
  const backend = await backendOf(second);
  const late = outcomeOf(committed(second, () => accept(second, order, 'pending')));
  await untilBlocked(database.pool, backend);
  await first.query('commit');
  expect(await late).toMatchObject({
    code: 'WB002',
    facts: { orderId: order, status: 'accepted', seq: 2 },
  });
});

test('the second wins when the first thinks better of it', async () => {
  const order = await placeOrder(database.pool, merchant, 'shipping');
  const [first, second] = [await database.connect(), await database.connect()];
  await first.query('begin');
  await accept(first, order, 'pending');
  const backend = await backendOf(second);
  const late = outcomeOf(committed(second, () => accept(second, order, 'pending')));
  await untilBlocked(database.pool, backend);
  await first.query('rollback');
  expect((await late).code).toBe('ok');
  expect(await readOrder(database.pool, order)).toMatchObject({ status: 'accepted', seq: 2 });
});

test.each([
  ['who saw it pending', 'pending', 'WB002'],
  ['who saw nothing', null, 'WB001'],
])('of 100 clicks at once by people %s one wins', async (_who, expected, refusal) => {
  const order = await placeOrder(database.pool, merchant, 'shipping');
  const codes = await inParallel(database, 20, 100, (db) => accept(db, order, expected));
  expect(tally(codes)).toEqual({ ok: 1, [refusal]: 99 });
  expect((await readOrder(database.pool, order)).seq).toBe(2);
});

test('different moves at once: one wins, and the log has no gap', async () => {
  const order = await placeOrder(database.pool, merchant, 'shipping');
  const moves = [
    `select app_public.transition_order($1, 'accepted', 'pending')`,
    `select app_public.cancel_order($1, 'Out of sarees.')`,
  ];
  const codes = await inParallel(database, 10, 40, async (db, at) => {
    await asMember(db, merchant, 'manager');
    await db.query(moves[at % 2] ?? '', [order]);
  });
  const { status, seq } = await readOrder(database.pool, order);
  const moved = tally(codes).ok ?? 0;
  expect(status).toBe('cancelled');
  expect(moved).toBeGreaterThanOrEqual(1);
  expect(seq).toBe(1 + moved);
  const events = await count(database.pool, 'app_public.order_events where order_id = $1', [order]);
  expect(events).toBe(seq);
});
