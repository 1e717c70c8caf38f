import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { asActor, asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { drive } from '../support/drive.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, readOrder, writeMove } from '../support/orders.ts';
import { shipmentOf } from '../support/pipeline.ts';
import { value } from '../support/query.ts';
import type { Db } from '../support/query.ts';
import { moveTo, orderAt } from './reach.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

/** When the order first reached a status, as its events have it. */
const reachedAt = (db: Db, order: string, status: string) =>
  value<Date>(
    db,
    `select min(recorded_at) as value from app_public.order_events
     where order_id = $1 and to_status = $2`,
    [order, status],
  );

test('a pickup order is stamped when accepted, ready and completed, and not before', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'pickup');
    await asActor(db, merchant, 'staff');
    const stamps = { accepted_at: null, ready_at: null, completed_at: null };
    expect(await readOrder(db, order)).toMatchObject(stamps);
    const path = [
      ['accepted', 'accepted_at'],
      ['in_progress'],
      ['ready', 'ready_at'],
      ['completed', 'completed_at'],
    ] as const;
    for (const [to, stamp] of path) {
      await writeMove(db, order, moveTo(to));
      if (stamp !== undefined) {
        Object.assign(stamps, { [stamp]: await reachedAt(db, order, to) });
      }
      expect(await readOrder(db, order)).toMatchObject(stamps);
    }
  }));

test('shipping sets status, shipping status, tracking code and address, and ready_at', () =>
  database.withRollback(async (db) => {
    const order = await orderAt(db, merchant, 'shipping', 'packing');
    expect(await readOrder(db, order)).toMatchObject({ shipping_status: null, ready_at: null });
    await asMember(db, merchant, 'staff');
    await db.query('select app_public.ship_order($1, $2, $3)', [
      order,
      'DTDC-1234567',
      'https://track.example.in/DTDC-1234567',
    ]);
    expect(await readOrder(db, order)).toMatchObject({
      status: 'shipped',
      shipping_status: 'shipped',
      tracking_code: 'DTDC-1234567',
      tracking_url: 'https://track.example.in/DTDC-1234567',
      ready_at: await reachedAt(db, order, 'shipped'),
      completed_at: null,
    });
  }));

test('the tracking address is optional', () =>
  database.withRollback(async (db) => {
    const order = await orderAt(db, merchant, 'shipping', 'accepted');
    await asMember(db, merchant, 'staff');
    await db.query('select app_public.ship_order($1, $2)', [order, 'DTDC-1234567']);
    expect(await readOrder(db, order)).toMatchObject({
      status: 'shipped',
      tracking_code: 'DTDC-1234567',
      tracking_url: null,
    });
  }));

test('delivery sets status, shipping status and completed_at, and keeps the tracking code', () =>
  database.withRollback(async (db) => {
    const order = await orderAt(db, merchant, 'shipping', 'shipped');
    await asActor(db, merchant, 'carrier');
    await writeMove(db, order, moveTo('delivered'));
    expect(await readOrder(db, order)).toMatchObject({
      status: 'delivered',
      shipping_status: 'delivered',
      tracking_code: 'DTDC-1234567',
      completed_at: await reachedAt(db, order, 'delivered'),
    });
  }));

test('a returned order says so in both statuses and was never completed', () =>
  database.withRollback(async (db) => {
    const order = await orderAt(db, merchant, 'shipping', 'returned');
    const returned = { status: 'returned', shipping_status: 'returned', completed_at: null };
    expect(await readOrder(db, order)).toMatchObject(returned);
  }));

test('an automated order takes the tracking code of its box when it leaves', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    await drive(db, merchant, order, 'labelled');
    const untracked = { shipping_status: null, tracking_code: null };
    expect(await readOrder(db, order)).toMatchObject(untracked);
    await drive(db, merchant, order, 'dispatched', 'labelled');
    const { awb } = await shipmentOf(db, order);
    const tracked = {
      shipping_status: 'shipped',
      tracking_code: awb,
      tracking_url: `https://www.delhivery.com/track-v2/package/${awb}`,
    };
    expect(await readOrder(db, order)).toMatchObject(tracked);
    await drive(db, merchant, order, 'delivered', 'dispatched');
    const delivered = { ...tracked, status: 'delivered', shipping_status: 'delivered' };
    expect(await readOrder(db, order)).toMatchObject(delivered);
    expect((await readOrder(db, order)).completed_at).not.toBeNull();
  }));

test('the shipping method stays as it came from the checkout', () =>
  database.withRollback(async (db) => {
    const order = await orderAt(db, merchant, 'shipping', 'delivered');
    expect((await readOrder(db, order)).shipping_method).toBe('Standard');
  }));
