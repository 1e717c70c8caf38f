import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { drive } from '../support/drive.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder } from '../support/orders.ts';
import { count, one, rows } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

test('the audit row of a change has merchant, user, entity, its id, action and old and new', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'pickup');
    await asMember(db, merchant, 'staff');
    await db.query(
      `select app_public.transition_order($1, 'accepted', 'pending', 'We have it here.')`,
      [order],
    );
    const row = await one(db, 'select * from app_public.audit_log where order_seq = 2');
    expect(row).toMatchObject({
      merchant_id: merchant.id,
      actor_id: String(merchant.staff),
      actor_role: 'staff',
      entity: 'order',
      entity_id: order,
      action: 'status_changed',
      reason: 'We have it here.',
      meta: { old_status: 'pending', new_status: 'accepted' },
    });
  }));

test('every event has its one audit row, written by the same transaction', async () => {
  const order = await placeOrder(database.pool, merchant, 'automated');
  await drive(database.pool, merchant, order, 'delivered');
  const pairs = await rows<{ same_transaction: boolean }>(
    database.pool,
    `select a.xmin::text::bigint = e.xact_id::text::bigint % 4294967296 as same_transaction
     from app_public.order_events e
     left join app_public.audit_log a on a.merchant_id = e.merchant_id and a.order_seq = e.seq
       and a.entity_id = coalesce(e.shipment_id, e.order_id)::text
     where e.order_id = $1`,
    [order],
  );
  expect(pairs.length).toBe(await count(database.pool, 'app_public.order_events'));
  const ofOrders = `app_public.audit_log where entity in ('order', 'shipment')`;
  expect(pairs.length).toBe(await count(database.pool, ofOrders));
  expect(pairs.every((pair) => pair.same_transaction)).toBe(true);
});

test('the audit row of a box names the box', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    await drive(db, merchant, order, 'assigned');
    const row = await one(
      db,
      `select s.order_id from app_public.audit_log a
       join app_public.shipments_current s on s.id::text = a.entity_id
       where a.entity = 'shipment' and s.order_id = $1`,
      [order],
    );
    expect(row).toEqual({ order_id: order });
  }));
