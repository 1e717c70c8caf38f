import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { drive } from '../support/drive.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, readOrder } from '../support/orders.ts';
import { codeOf } from '../support/outcome.ts';
import { inParallel } from '../support/parallel.ts';
import {
  claim,
  fail,
  mustClaim,
  newAwb,
  readEffect,
  recordBooking,
  refillPool,
  shipmentOf,
} from '../support/pipeline.ts';
import { count, rows, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

async function planned(db: Db): Promise<string> {
  const order = await placeOrder(db, merchant, 'automated');
  await drive(db, merchant, order, 'assigned');
  return (await shipmentOf(db, order)).id;
}

const stock = (db: Db, awbs: string[]) =>
  db.query('insert into app_private.awb_pool select $1, $2, unnest($3::text[])', [
    merchant.id,
    merchant.carrierAccount,
    awbs,
  ]);

test('30 bookings claimed at once get 30 numbers of the pool, none twice', async () => {
  const shipments: string[] = [];
  for (let n = 0; n < 30; n += 1) shipments.push(await planned(database.pool));
  await stock(database.pool, Array.from({ length: 30 }, newAwb));
  const codes = await inParallel(database, 15, 30, async (db, at) => {
    await mustClaim(db, merchant, shipments[at] ?? '', 'book_shipment');
  });
  expect(new Set(codes)).toEqual(new Set(['ok']));
  const taken = await rows<{ number: string; status: string }>(
    database.pool,
    `select reserved_number as number, status from app_public.effects
     where subject_id = any ($1)`,
    [shipments],
  );
  expect(new Set(taken.map(({ number }) => number)).size).toBe(30);
  expect(taken.every(({ status }) => status === 'sending')).toBe(true);
  expect(await count(database.pool, 'app_private.awb_pool')).toBe(0);
});

test('a claim that finds the pool empty is not sending yet; a refill gives it a number', () =>
  database.withRollback(async (db) => {
    const shipment = await planned(db);
    const { effect } = await mustClaim(db, merchant, shipment, 'book_shipment');
    expect(effect).toMatchObject({ status: 'intent', reserved_number: null });
    const awbs = [newAwb(), newAwb(), newAwb()];
    const taken = await refillPool(db, merchant, shipment, effect.epoch, awbs);
    expect(awbs).toContain(taken);
    expect(await readEffect(db, shipment, 'book_shipment')).toMatchObject({
      status: 'sending',
      reserved_number: taken,
    });
    expect(await count(db, 'app_private.awb_pool')).toBe(2);
  }));

test('of many bookings that find the pool empty one fetches, and the others wait without an attempt', () =>
  database.withRollback(async (db) => {
    const [first, second] = [await planned(db), await planned(db)];
    const { effect } = await mustClaim(db, merchant, first, 'book_shipment');
    expect(await claim(db, merchant, second, 'book_shipment')).toBeNull();
    expect(await readEffect(db, second, 'book_shipment')).toMatchObject({
      status: 'intent',
      attempts: 0,
      leased_by: null,
    });
    await refillPool(db, merchant, first, effect.epoch, [newAwb(), newAwb()]);
    await db.query('update app_public.effects set due_at = clock_timestamp()');
    const later = await mustClaim(db, merchant, second, 'book_shipment');
    expect(later.effect).toMatchObject({ status: 'sending', attempts: 1 });
  }));

test('a fetch that failed is tried again when the carrier allows it, not by everybody at once', () =>
  database.withRollback(async (db) => {
    const [first, second] = [await planned(db), await planned(db)];
    const { effect } = await mustClaim(db, merchant, first, 'book_shipment');
    await fail(db, effect, { outcome: 'transient', code: 'rate-limited', retryAfterMs: 60_000 });
    expect(await claim(db, merchant, second, 'book_shipment')).toBeNull();
    await db.query(`update app_private.awb_refills set leased_until = now() - interval '1 second'`);
    await db.query('update app_public.effects set due_at = clock_timestamp()');
    expect(await claim(db, merchant, second, 'book_shipment')).not.toBeNull();
  }));

test('a booking that was to fetch and was killed is replaced when its lease is over', () =>
  database.withRollback(async (db) => {
    const [first, second] = [await planned(db), await planned(db)];
    await mustClaim(db, merchant, first, 'book_shipment');
    const lease = await value<boolean>(
      db,
      `select r.leased_until = e.leased_until as value from app_private.awb_refills r
       join app_public.effects e on e.subject_id = r.shipment_id and e.kind = 'book_shipment'`,
    );
    expect(lease).toBe(true);
    await db.query(`update app_private.awb_refills set leased_until = now() - interval '1 second'`);
    expect(await claim(db, merchant, second, 'book_shipment')).not.toBeNull();
  }));

test('a refill of somebody who was taken over fills the pool and gives no number', () =>
  database.withRollback(async (db) => {
    const shipment = await planned(db);
    const { effect } = await mustClaim(db, merchant, shipment, 'book_shipment');
    await db.query(`update app_public.effects set leased_until = now() - interval '1 second'`);
    await mustClaim(db, merchant, shipment, 'book_shipment', 'next');
    expect(await refillPool(db, merchant, shipment, effect.epoch, [newAwb()])).toBeNull();
    expect(await count(db, 'app_private.awb_pool')).toBe(1);
  }));

test('one number is never on two shipments of a merchant', () =>
  database.withRollback(async (db) => {
    const awb = newAwb();
    const [first, second] = [await planned(db), await planned(db)];
    await stock(db, [newAwb(), newAwb()]);
    for (const [at, shipment] of [first, second].entries()) {
      const { effect } = await mustClaim(db, merchant, shipment, 'book_shipment');
      const record = recordBooking(db, merchant, shipment, effect.epoch, awb);
      expect(await codeOf(record)).toBe(at === 0 ? 'ok' : '23505');
    }
  }));

test('one shipment never gets two numbers, not even by an event written by hand', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    await drive(db, merchant, order, 'labelled');
    const { id, awb } = await shipmentOf(db, order);
    expect(await claim(db, merchant, id, 'book_shipment')).toBeNull();
    expect(await recordBooking(db, merchant, id, 1, newAwb())).toBe(false);
    await db.query('savepoint by_hand');
    const byHand = await codeOf(
      db.query(
        `insert into app_public.order_events (order_id, shipment_id, type, inputs)
         values ($1, $2, 'shipment_booked', jsonb_build_object('awb', $3::text))`,
        [order, id, newAwb()],
      ),
    );
    if (byHand !== 'ok') await db.query('rollback to savepoint by_hand');
    expect((await shipmentOf(db, order)).awb).toBe(awb);
    expect((await readOrder(db, order)).status).toBe('labelled');
  }));

test('the reference of a booking is the same over all attempts and names merchant and order', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    await drive(db, merchant, order, 'assigned');
    const { id } = await shipmentOf(db, order);
    const { effect } = await mustClaim(db, merchant, id, 'book_shipment');
    const number = await value<string>(
      db,
      'select number::text as value from app_public.orders_current where id = $1',
      [order],
    );
    expect(effect.reference).toBe(`W${merchant.id}-${number}-1`);
  }));
