import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, statusOf } from '../support/orders.ts';
import { codeOf } from '../support/outcome.ts';
import { one, rows, value } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;
/** A psql session: short names, no claims. */
let psql: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
  psql = await database.connect();
  await psql.query('set search_path to app_public, public');
});
afterAll(() => database.drop());

const insert = 'insert into order_events (order_id, to_status, reason) values ($1, $2, $3)';

test('a DBA writes an event by hand: it is filled in, projected and audited', async () => {
  const order = await placeOrder(psql, merchant, 'shipping');
  await psql.query(insert, [order, 'accepted', 'The shop was closed.']);
  const event = await one(
    psql,
    `select merchant_id, type, from_status, actor_id, actor_role, reason
     from order_events where order_id = $1 and seq = 2`,
    [order],
  );
  expect(event).toEqual({
    merchant_id: merchant.id,
    type: 'status_changed',
    from_status: 'pending',
    actor_id: 'postgres',
    actor_role: 'dba',
    reason: 'The shop was closed.',
  });
  expect(await statusOf(psql, order)).toBe('accepted');
});

test('and is refused like everybody: WB001, WB002, WB004, WB007', async () => {
  const order = await placeOrder(psql, merchant, 'shipping');
  expect(await codeOf(psql.query(insert, [order, 'delivered', '']))).toBe('WB001');
  expect(await codeOf(psql.query(insert, [order, 'cancelled', '']))).toBe('WB004');
  const late = `insert into order_events (order_id, from_status, to_status)
    values ($1, 'accepted', 'packing')`;
  expect(await codeOf(psql.query(late, [order]))).toBe('WB002');
  const nobodys = await value<string>(psql, 'select app_hidden.uuid_v7() as value');
  expect(await codeOf(psql.query(insert, [nobodys, 'accepted', '']))).toBe('WB007');
});

test('what is no event is refused: neither status nor type, or a type that is none', async () => {
  const order = await placeOrder(psql, merchant, 'shipping');
  const bare = 'insert into order_events (order_id) values ($1)';
  expect(await codeOf(psql.query(bare, [order]))).toBe('WB004');
  const odd = `insert into order_events (order_id, type) values ($1, 'it_rained')`;
  expect(await codeOf(psql.query(odd, [order]))).not.toBe('ok');
});

describe('with a year of orders', () => {
  let order: string;

  beforeAll(async () => {
    order = await placeOrder(psql, merchant, 'shipping');
    await psql.query(
      `select app_private.intake_order($1, gen_random_uuid(), input)
       from generate_series(1, 400), (
         select jsonb_build_object('store_id', $2::integer, 'payment_mode', 'prepaid', 'items',
           jsonb_build_array(jsonb_build_object('title', 'Saree', 'quantity', 1,
             'unit_price_minor', 1))) as input
       ) i`,
      [merchant.id, merchant.shipping],
    );
    await psql.query('analyze order_events');
  });

  test.each([
    ['without the merchant', 'select * from order_events where order_id = $1 order by seq'],
    ['with it', `select * from order_events where merchant_id = 1 and order_id = $1 order by seq`],
  ])('an order is told by an index, from one partition, %s', async (_what, sql) => {
    const told = await rows<{ seq: number }>(psql, sql, [order]);
    expect(told.map(({ seq }) => seq)).toEqual([1]);
    const { 'QUERY PLAN': plan } = await one<{ 'QUERY PLAN': unknown }>(
      psql,
      `explain (format json) ${sql}`,
      [order],
    );
    const scans = relationsIn(plan);
    expect(scans).toHaveLength(1);
    expect(scans[0]?.relation).toMatch(/^order_events_\d{4}_\d\d$/);
    expect(scans[0]?.node).toMatch(/Index|Bitmap Heap/);
  });
});

interface ScanNode {
  node: string;
  relation: string;
}

/** The tables that a plan reads, and how. */
function relationsIn(plan: unknown): ScanNode[] {
  if (Array.isArray(plan)) return plan.flatMap(relationsIn);
  if (typeof plan !== 'object' || plan === null) return [];
  const below = Object.values(plan).flatMap(relationsIn);
  if (!('Relation Name' in plan) || !('Node Type' in plan)) return below;
  return [{ node: String(plan['Node Type']), relation: String(plan['Relation Name']) }, ...below];
}
