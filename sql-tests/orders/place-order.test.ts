import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addTwoMerchants } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { item, orderInput, readOrder } from '../support/orders.ts';
import type { Order, OrderInput } from '../support/orders.ts';
import { outcomeOf, tally } from '../support/outcome.ts';
import { inParallel } from '../support/parallel.ts';
import { count, one, rows, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;
let other: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ mine: merchant, other } = await addTwoMerchants(database.pool));
});
afterAll(() => database.drop());

async function place(db: Db, changes: OrderInput = {}): Promise<Order> {
  await asMember(db, merchant, 'staff');
  const input = orderInput(merchant.shipping, changes);
  return one<Order>(db, 'select * from app_public.place_order($1)', [input]);
}

test('an order is placed with its whole snapshot, in the first status of its workflow', () =>
  database.withRollback(async (db) => {
    const placed = await place(db, { external_id: '450789469', source: 'shopify' });
    expect(placed).toMatchObject({
      merchant_id: merchant.id,
      store_id: merchant.shipping,
      source: 'shopify',
      external_id: '450789469',
      external_number: '#1001',
      workflow: 'shipping',
      fulfilment_type: 'shipping',
      status: 'pending',
      location_id: merchant.location,
      currency: 'INR',
      payment_mode: 'prepaid',
      subtotal_minor: '300000',
      shipping_minor: '5000',
      total_minor: '305000',
      shipping_method: 'Standard',
      ship_to_version: 1,
      seq: 1,
      placed_at: new Date('2026-11-21T04:00:00Z'),
    });
    const items = await rows<{ line: number }>(
      db,
      `select line, sku, title, quantity, unit_price_minor from app_public.order_items
       where order_id = $1 order by line`,
      [placed.id],
    );
    expect(items).toEqual([
      { line: 1, sku: 'SAREE-RED', title: 'Cotton saree', quantity: 1, unit_price_minor: '100000' },
      { line: 2, sku: null, title: 'Blouse 🧵', quantity: 2, unit_price_minor: '100000' },
    ]);
  }));

test.each([
  ['automated', 'received', 'shipping'],
  ['shipping', 'pending', 'shipping'],
  ['pickup', 'pending', 'pickup'],
] as const)('a store of the workflow %s begins its orders as %s', (workflow, status, type) =>
  database.withRollback(async (db) => {
    const placed = await place(db, { store_id: merchant[workflow] });
    expect(placed).toMatchObject({ workflow, status, fulfilment_type: type });
  }),
);

test('numbers count from 1001 per merchant; public ids are random and fit an address', () =>
  database.withRollback(async (db) => {
    const mine = [await place(db), await place(db)];
    await asMember(db, other, 'owner');
    const sql = 'select * from app_public.place_order($1)';
    const theirs = await one<Order>(db, sql, [orderInput(other.shipping)]);
    expect([...mine, theirs].map((order) => order.number)).toEqual(['1001', '1002', '1001']);
    for (const { public_id } of mine) expect(public_id).toMatch(/^[A-Za-z0-9_-]{12}$/);
    expect(mine[0]?.public_id).not.toBe(mine[1]?.public_id);
  }));

describe('what is no order is refused and its field named: WB004', () => {
  test.each<[string, OrderInput]>([
    ['items', { items: [] }],
    ['items', { items: null }],
    ['items', { items: 'a saree' }],
    ['items[0].quantity', { items: [item({ quantity: 0 })] }],
    ['items[0].quantity', { items: [item({ quantity: -1 })] }],
    ['items[0].quantity', { items: [item({ quantity: 1.5 })] }],
    ['items[0].quantity', { items: [item({ quantity: null })] }],
    ['items[0].quantity', { items: [item({ quantity: 1e9 })] }],
    ['items[1].unit_price_minor', { items: [item(), item({ unit_price_minor: -1 })] }],
    ['items[1].unit_price_minor', { items: [item(), item({ discount_minor: -1 })] }],
    ['items[0].title', { items: [item({ title: ' ' })] }],
    ['items[0].title', { items: [item({ title: null })] }],
    ['total_minor', { total_minor: -1 }],
    ['shipping_minor', { shipping_minor: -1 }],
    ['payment_mode', { payment_mode: 'barter' }],
    ['payment_mode', { payment_mode: null }],
    ['cod_amount_minor', { payment_mode: 'cod', cod_amount_minor: 0 }],
    ['cod_amount_minor', { payment_mode: 'prepaid', cod_amount_minor: 100 }],
  ])('%s: %j', (field, changes) =>
    database.withRollback(async (db) => {
      const outcome = await outcomeOf(place(db, changes));
      expect(outcome).toMatchObject({ code: 'WB004', facts: { field } });
      await db.query('rollback');
      expect(await count(db, 'app_public.orders_current')).toBe(0);
    }),
  );

  test.each<[string, OrderInput]>([
    ['without an address', { ship_to: null }],
    ['without a customer', { customer: null }],
    ['without a note', { note: null }],
    ['without a date', { placed_at: null }],
  ])('but an order %s can be placed', (_what, changes) =>
    database.withRollback(async (db) => {
      expect((await place(db, changes)).status).toBe('pending');
    }),
  );
});

test('the same external id is the same order, and its first snapshot stays', () =>
  database.withRollback(async (db) => {
    const first = await place(db, { external_id: '77' });
    const again = await place(db, { external_id: '77', total_minor: 1 });
    expect(again.id).toBe(first.id);
    expect(again.total_minor).toBe('305000');
    expect(again.seq).toBe(1);
  }));

test('the same external id in another store is another order', () =>
  database.withRollback(async (db) => {
    const first = await place(db, { external_id: '77' });
    const elsewhere = await place(db, { external_id: '77', store_id: merchant.pickup });
    expect(elsewhere.id).not.toBe(first.id);
  }));

test('50 reports of the same order at once place one order', async () => {
  const ids = new Set<string>();
  const codes = await inParallel(database, 20, 50, async (db) => {
    ids.add((await place(db, { external_id: 'once' })).id);
  });
  expect(tally(codes)).toEqual({ ok: 50 });
  expect(ids.size).toBe(1);
  const placed = await count(database.pool, `app_public.orders_current where external_id = 'once'`);
  expect(placed).toBe(1);
  const events = await count(database.pool, 'app_public.order_events where order_id = $1', [
    [...ids][0],
  ]);
  expect(events).toBe(1);
});

test('100 different orders at once get 100 numbers without a gap', async () => {
  const from = await value<number>(
    database.pool,
    `select coalesce(max(number), 1000)::integer as value from app_public.orders_current
     where merchant_id = $1`,
    [merchant.id],
  );
  const numbers: number[] = [];
  await inParallel(database, 10, 100, async (db) => {
    numbers.push(Number((await place(db)).number));
  });
  numbers.sort((a, b) => a - b);
  expect(numbers).toEqual(Array.from({ length: 100 }, (_, at) => from + 1 + at));
});

test('an order is read back as it was answered', () =>
  database.withRollback(async (db) => {
    const placed = await place(db);
    expect(await readOrder(db, placed.id)).toEqual(placed);
  }));
