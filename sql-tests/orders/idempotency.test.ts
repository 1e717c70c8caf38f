import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import { asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addTwoMerchants } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { orderInput, placeOrder, readOrder, shipTo, statusOf } from '../support/orders.ts';
import { outcomeOf, tally, tryOut } from '../support/outcome.ts';
import { inParallel } from '../support/parallel.ts';
import { count, one, value } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;
let other: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ mine: merchant, other } = await addTwoMerchants(database.pool));
});
afterAll(() => database.drop());

test('50 duplicates at once with one key are one event, and all get the same answer', async () => {
  const order = await placeOrder(database.pool, merchant, 'shipping');
  const key = randomUUID();
  const answers = new Set<string>();
  const codes = await inParallel(database, 20, 50, async (db) => {
    await asMember(db, merchant, 'staff');
    const answer = await value(
      db,
      `select to_jsonb(o) as value
       from app_public.transition_order($1, 'accepted', 'pending', null, $2) o`,
      [order, key],
    );
    answers.add(JSON.stringify(answer));
  });
  expect(tally(codes)).toEqual({ ok: 50 });
  expect(answers.size).toBe(1);
  expect((await readOrder(database.pool, order)).seq).toBe(2);
});

test('50 orders placed at once with one key are one order', async () => {
  const key = randomUUID();
  const input = orderInput(merchant.shipping, { note: 'once' });
  const ids = new Set<string>();
  const codes = await inParallel(database, 20, 50, async (db) => {
    await asMember(db, merchant, 'staff');
    const sql = 'select id as value from app_public.place_order($1, $2)';
    ids.add(await value<string>(db, sql, [input, key]));
  });
  expect(tally(codes)).toEqual({ ok: 50 });
  expect(ids.size).toBe(1);
});

test('the same key with another request raises WB005 and changes nothing', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'shipping');
    const another = await placeOrder(db, merchant, 'shipping');
    await asMember(db, merchant, 'owner');
    const accept = 'select app_public.transition_order($1, $2, null, $3, $4)';
    await db.query(accept, [order, 'accepted', null, 'key']);
    const tries: [string, unknown[]][] = [
      [accept, [another, 'accepted', null, 'key']],
      [accept, [order, 'packing', null, 'key']],
      [accept, [order, 'accepted', 'because', 'key']],
      ['select app_public.cancel_order($1, $2, $3)', [order, 'Changed', 'key']],
      ['select app_public.clear_attention($1, $2, $3)', [order, 'Looked', 'key']],
      ['select app_public.correct_ship_to($1, $2, $3, $4)', [order, shipTo(), 'Moved', 'key']],
      ['select app_public.place_order($1, $2)', [orderInput(merchant.shipping), 'key']],
    ];
    for (const [sql, values] of tries) {
      const outcome = await tryOut(db, () => db.query(sql, values));
      const expected = { code: 'WB005', facts: { field: 'idempotencyKey' } };
      expect({ sql, ...outcome }).toMatchObject(expected);
    }
    expect(await statusOf(db, another)).toBe('pending');
  }));

const calls: [string, string, (order: string, key: string) => unknown[]][] = [
  ['ship_order', '($1, $2, null, null, $3)', (order, key) => [order, 'DTDC-123456', key]],
  ['cancel_order', '($1, $2, $3)', (order, key) => [order, 'Changed', key]],
  ['override_order_status', '($1, $2, $2, $3)', (order, key) => [order, 'packing', key]],
  ['clear_attention', '($1, $2, $3)', (order, key) => [order, 'Looked', key]],
  ['correct_ship_to', '($1, $2, $3, $4)', (order, key) => [order, { city: 'Pala' }, 'Moved', key]],
];

test.each(calls)('%s with the same key answers the same and happens once', (name, args, values) =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'shipping');
    await asMember(db, merchant, 'owner');
    await db.query(`select app_public.transition_order($1, 'accepted')`, [order]);
    const sql = `select to_jsonb(o) as value from app_public.${name}${args} o`;
    const first = await value(db, sql, values(order, 'a key'));
    const { seq } = await readOrder(db, order);
    expect(await value(db, sql, values(order, 'a key'))).toEqual(first);
    expect((await readOrder(db, order)).seq).toBe(seq);
  }),
);

test('a request that was refused may be tried again under its key', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'shipping');
    await asMember(db, merchant, 'staff');
    const pack = () =>
      db.query(`select app_public.transition_order($1, 'packing', null, null, 'k')`, [order]);
    expect((await tryOut(db, pack)).code).toBe('WB001');
    await db.query(`select app_public.transition_order($1, 'accepted')`, [order]);
    await pack();
    expect(await statusOf(db, order)).toBe('packing');
  }));

test('a key of one merchant says nothing to another', () =>
  database.withRollback(async (db) => {
    const place = 'select merchant_id from app_public.place_order($1, $2)';
    await asMember(db, merchant, 'owner');
    await db.query(place, [orderInput(merchant.shipping), 'the same']);
    await asMember(db, other, 'owner');
    const placed = await one(db, place, [orderInput(other.shipping), 'the same']);
    expect(placed).toEqual({ merchant_id: other.id });
  }));

test('a key that has expired is as good as new', () =>
  database.withRollback(async (db) => {
    await asMember(db, merchant, 'owner');
    const place = 'select id as value from app_public.place_order($1, $2)';
    const input = orderInput(merchant.shipping);
    const first = await value<string>(db, place, [input, 'old']);
    await db.query('reset role');
    await db.query(`update app_private.idempotency_keys set expires_at = now() - interval '1 s'`);
    await asMember(db, merchant, 'owner');
    expect(await value<string>(db, place, [input, 'old'])).not.toBe(first);
  }));

test.each(['', 'x'.repeat(256)])('a key of %j is refused: WB004', (key) =>
  database.withRollback(async (db) => {
    await asMember(db, merchant, 'owner');
    const place = 'select app_public.place_order($1, $2)';
    const outcome = await outcomeOf(db.query(place, [orderInput(merchant.shipping), key]));
    expect(outcome).toMatchObject({ code: 'WB004', facts: { field: 'idempotencyKey' } });
  }),
);

test('housekeeping deletes expired keys and no others', () =>
  database.withRollback(async (db) => {
    await asMember(db, merchant, 'owner');
    const place = 'select app_public.place_order($1, $2)';
    await db.query(place, [orderInput(merchant.shipping), 'expired']);
    await db.query(place, [orderInput(merchant.shipping), 'fresh']);
    await db.query('reset role');
    const expire = `update app_private.idempotency_keys set expires_at = now() - interval '1 s'
      where key = 'expired'`;
    await db.query(expire);
    await db.query('select app_private.keep_house()');
    expect(await count(db, `app_private.idempotency_keys where key = 'expired'`)).toBe(0);
    expect(await count(db, `app_private.idempotency_keys where key = 'fresh'`)).toBe(1);
  }));
