import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { asActor, asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, readOrder } from '../support/orders.ts';
import { codeOf, outcomeOf, tally, tryOut } from '../support/outcome.ts';
import { committed, inParallel } from '../support/parallel.ts';
import { count, rows, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';
import { automated, pickup, shipping } from '../workflows/expected-moves.ts';
import { orderAt } from '../workflows/reach.ts';

let database: TestDatabase;
let merchant: Merchant;
let other: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
  other = await addMerchant(database.pool, 'Delhi Denim');
});
afterAll(() => database.drop());

interface Answer {
  order_id: string;
  outcome: string;
  code: string | null;
  message: string | null;
  status: string | null;
  seq: number | null;
}

function moveAll(
  db: Db,
  orders: string[],
  to: string,
  more: { expected?: string; reason?: string; key?: string } = {},
): Promise<Answer[]> {
  return rows<Answer>(db, 'select * from app_public.transition_orders($1, $2, $3, $4, $5)', [
    orders,
    to,
    more.expected ?? null,
    more.reason ?? null,
    more.key ?? null,
  ]);
}

const newOrders = (db: Db, howMany: number) =>
  Promise.all(Array.from({ length: howMany }, () => placeOrder(db, merchant, 'shipping')));

test('each order has its answer, in the order of the question: moved, conflict or refused', async () => {
  const [first, accepted, last] = await newOrders(database.pool, 3);
  const theirs = await placeOrder(database.pool, other, 'shipping');
  const client = await database.connect();
  await committed(client, async () => {
    await asMember(client, merchant, 'staff');
    await moveAll(client, [accepted!], 'accepted');
  });
  const answers = await committed(client, async () => {
    await asMember(client, merchant, 'staff');
    return moveAll(client, [last!, theirs, accepted!, first!], 'accepted', { expected: 'pending' });
  });
  expect(answers).toEqual([
    { order_id: last, outcome: 'moved', code: null, message: null, status: 'accepted', seq: 2 },
    expect.objectContaining({ order_id: theirs, outcome: 'refused', code: 'WB007', status: null }),
    expect.objectContaining({
      order_id: accepted,
      outcome: 'conflict',
      code: 'WB002',
      status: 'accepted',
      seq: 2,
    }),
    { order_id: first, outcome: 'moved', code: null, message: null, status: 'accepted', seq: 2 },
  ]);
  expect(await readOrder(database.pool, theirs)).toMatchObject({ status: 'pending', seq: 1 });
  expect(await readOrder(database.pool, first!)).toMatchObject({ status: 'accepted', seq: 2 });
});

test.each(['owner', 'manager', 'staff', 'carrier'] as const)(
  'a bulk move of a %s is judged as the single one is, for every pair of statuses',
  async (role) => {
    await database.withRollback(async (db) => {
      const orders: string[] = [];
      for (const [workflow, moves] of Object.entries({ automated, shipping, pickup })) {
        for (const status of Object.keys(moves)) {
          orders.push(await orderAt(db, merchant, workflow as 'automated', status));
        }
      }
      const statuses = new Set(
        [automated, shipping, pickup].flatMap((moves) => Object.keys(moves)),
      );
      for (const to of [...statuses, 'no such status']) {
        await asActor(db, merchant, role);
        const singly: string[] = [];
        for (const order of orders) {
          const move = () => db.query('select app_public.transition_order($1, $2)', [order, to]);
          singly.push((await tryOut(db, move)).code);
        }
        await db.query('savepoint bulk');
        const answers = await moveAll(db, orders, to);
        await db.query('rollback to savepoint bulk');
        expect({ to, codes: answers.map(({ code }) => code ?? 'ok') }).toEqual({
          to,
          codes: singly,
        });
      }
    });
  },
);

test('500 orders are one statement for each table', async () => {
  await database.withRollback(async (db) => {
    const orders = await newOrders(db, 500);
    await asActor(db, merchant, 'manager');
    await moveAll(db, orders, 'accepted');
    await db.query('reset role');
    await db.query('create table pg_temp.statements (on_table text, rows bigint)');
    await db.query(`create function pg_temp.note() returns trigger language plpgsql security definer as $$
      begin
        insert into pg_temp.statements select tg_table_name, count(*) from changed;
        return null;
      end $$`);
    for (const [table, event] of [
      ['order_events', 'insert'],
      ['orders_current', 'update'],
      ['audit_log', 'insert'],
      ['effects', 'insert'],
    ]) {
      await db.query(`create trigger zz_note after ${event} on app_public.${table}
        referencing new table as changed for each statement execute function pg_temp.note()`);
    }
    const answers = await moveAll(db, orders, 'packing');
    expect(tally(answers.map(({ outcome }) => outcome))).toEqual({ moved: 500 });
    expect(await rows(db, 'select on_table, rows::integer from statements order by 1')).toEqual([
      { on_table: 'audit_log', rows: 500 },
      { on_table: 'effects', rows: 0 },
      { on_table: 'order_events', rows: 500 },
      { on_table: 'orders_current', rows: 500 },
    ]);
  });
});

test('a repeat with the same key is given the same answers and moves nothing', async () => {
  const orders = await newOrders(database.pool, 3);
  const client = await database.connect();
  const ask = () =>
    committed(client, async () => {
      await asMember(client, merchant, 'manager');
      return moveAll(client, orders, 'accepted', { key: 'accept them' });
    });
  const answers = await ask();
  expect(answers.map(({ outcome }) => outcome)).toEqual(['moved', 'moved', 'moved']);
  expect(await ask()).toEqual(answers);
  expect(await readOrder(database.pool, orders[0]!)).toMatchObject({ seq: 2 });
  const other = committed(client, async () => {
    await asMember(client, merchant, 'manager');
    await moveAll(client, orders, 'packing', { key: 'accept them' });
  });
  expect(await codeOf(other)).toBe('WB005');
});

test('what is no bulk move is refused, by its field', async () => {
  const [order] = await newOrders(database.pool, 1);
  const client = await database.connect();
  const tryMove = (orders: (string | null)[] | null, to: string | null) =>
    outcomeOf(
      committed(client, async () => {
        await asMember(client, merchant, 'manager');
        await client.query('select app_public.transition_orders($1, $2)', [orders, to]);
      }),
    );
  const wrongIds = { code: 'WB004', facts: { field: 'orderIds' } };
  expect(await tryMove([], 'accepted')).toMatchObject(wrongIds);
  expect(await tryMove(null, 'accepted')).toMatchObject(wrongIds);
  expect(await tryMove([order!, order!], 'accepted')).toMatchObject(wrongIds);
  expect(await tryMove([order!, null], 'accepted')).toMatchObject(wrongIds);
  expect(await tryMove(Array<string>(501).fill(order!), 'accepted')).toMatchObject(wrongIds);
  expect(await tryMove([order!], null)).toMatchObject({
    code: 'WB004',
    facts: { field: 'toStatus' },
  });
});

test('bulk moves of the same orders in any order never block one another for good', async () => {
  const orders = await newOrders(database.pool, 60);
  const answers: Answer[] = [];
  const codes = await inParallel(database, 6, 24, async (client, at) => {
    await asMember(client, merchant, 'manager');
    const asked = at % 2 === 0 ? orders : [...orders].reverse();
    answers.push(...(await moveAll(client, asked, 'accepted', { expected: 'pending' })));
  });
  expect(tally(codes)).toEqual({ ok: 24 });
  expect(tally(answers.map(({ outcome }) => outcome))).toEqual({ moved: 60, conflict: 23 * 60 });
  expect(
    await count(
      database.pool,
      `app_public.order_events where to_status = 'accepted' and order_id = any ('{${orders.join(',')}}')`,
    ),
  ).toBe(60);
  expect(
    await value(
      database.pool,
      'select count(*)::integer as value from app_public.orders_current where status = $1 and id = any ($2)',
      ['accepted', orders],
    ),
  ).toBe(60);
});
