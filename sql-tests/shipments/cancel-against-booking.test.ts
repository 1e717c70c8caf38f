import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';

import { asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { drive } from '../support/drive.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, statusOf } from '../support/orders.ts';
import { codeOf, outcomeOf } from '../support/outcome.ts';
import { backendOf, committed, untilBlocked } from '../support/parallel.ts';
import {
  claim,
  fail,
  mustClaim,
  newAwb,
  readEffect,
  recordBooking,
  recordCancellation,
  recordLabel,
  refillPool,
  shipmentOf,
} from '../support/pipeline.ts';
import { count, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

/** A box whose booking may be under way, and the steps that the worker still has to take. */
interface Booking {
  order: string;
  shipment: string;
  awb: string;
  epoch: number;
}

async function planned(): Promise<Booking> {
  const order = await placeOrder(database.pool, merchant, 'automated');
  await drive(database.pool, merchant, order, 'assigned');
  const { id: shipment } = await shipmentOf(database.pool, order);
  return { order, shipment, awb: newAwb(), epoch: 1 };
}

const claimIt = (db: Db, { shipment }: Booking) => claim(db, merchant, shipment, 'book_shipment');
const reserve = (db: Db, { shipment, epoch, awb }: Booking) =>
  refillPool(db, merchant, shipment, epoch, [awb]);
const record = (db: Db, { shipment, epoch, awb }: Booking) =>
  recordBooking(db, merchant, shipment, epoch, awb);

async function cancel(db: Db, { order }: Booking): Promise<void> {
  await asMember(db, merchant, 'manager');
  await db.query(`select app_public.cancel_order($1, 'Changed her mind.')`, [order]);
}

/**
 * A parcel that the carrier knows and that nobody will call off: its order is cancelled and there
 * is no open cancellation for it.
 */
const leaks = (db: Db) =>
  count(
    db,
    `app_public.shipments_current s
     join app_public.orders_current o on o.merchant_id = s.merchant_id and o.id = s.order_id
     where o.status = 'cancelled' and s.awb is not null and s.status <> 'cancelled'
       and not exists (
         select from app_public.effects e where e.subject_id = s.id
           and e.kind = 'cancel_shipment' and e.status in ('intent', 'sending'))`,
  );

const steps = ['claim', 'reserve', 'record', 'label'] as const;
type Step = (typeof steps)[number];

async function take(step: Step, db: Db, booking: Booking): Promise<void> {
  if (step === 'claim') await claimIt(db, booking);
  else if (step === 'reserve') await reserve(db, booking);
  else if (step === 'record') await record(db, booking);
  else {
    const claimed = await claim(db, merchant, booking.shipment, 'fetch_label');
    if (claimed !== null) await recordLabel(db, merchant, booking.shipment, claimed.effect.epoch);
  }
}

describe.each(steps)('a cancellation that meets the booking at its step %s', (step) => {
  const before = steps.slice(0, steps.indexOf(step));
  const after = steps.slice(steps.indexOf(step) + 1);

  /** Whatever happened: no parcel is forgotten, and the worker's later steps do no harm. */
  async function expectCalledOff(booking: Booking): Promise<void> {
    for (const later of after) {
      expect(await codeOf(take(later, database.pool, booking))).toBe('ok');
    }
    expect(await statusOf(database.pool, booking.order)).toBe('cancelled');
    expect(await leaks(database.pool)).toBe(0);
    const { effect } = await mustClaim(
      database.pool,
      merchant,
      booking.shipment,
      'cancel_shipment',
    );
    expect(await claimIt(database.pool, booking)).toBeNull();
    await recordCancellation(database.pool, merchant, booking.shipment, effect.epoch);
    expect((await shipmentOf(database.pool, booking.order)).status).toBe('cancelled');
  }

  async function prepared(): Promise<[Booking, pg.Client, pg.Client]> {
    const booking = await planned();
    for (const earlier of before) await take(earlier, database.pool, booking);
    return [booking, await database.connect(), await database.connect()];
  }

  test('the cancellation first', async () => {
    const [booking, worker, member] = await prepared();
    await member.query('begin');
    await cancel(member, booking);
    const backend = await backendOf(worker);
    const working = codeOf(take(step, worker, booking));
    await Promise.race([working, untilBlocked(database.pool, backend)]);
    await member.query('commit');
    expect(await working).toBe('ok');
    await expectCalledOff(booking);
  });

  test('the worker first', async () => {
    const [booking, worker, member] = await prepared();
    await worker.query('begin');
    await take(step, worker, booking);
    const backend = await backendOf(member);
    const cancelling = outcomeOf(committed(member, () => cancel(member, booking)));
    await Promise.race([cancelling, untilBlocked(database.pool, backend)]);
    await worker.query('commit');
    expect((await cancelling).code).toBe('ok');
    await expectCalledOff(booking);
  });

  test('the worker first, but its transaction fails', async () => {
    const [booking, worker, member] = await prepared();
    await worker.query('begin');
    await take(step, worker, booking);
    const backend = await backendOf(member);
    const cancelling = outcomeOf(committed(member, () => cancel(member, booking)));
    await Promise.race([cancelling, untilBlocked(database.pool, backend)]);
    await worker.query('rollback');
    expect((await cancelling).code).toBe('ok');
    await expectCalledOff(booking);
  });
});

const mayStillBring = (db: Db, { shipment }: Booking) =>
  value<boolean>(db, 'select app_private.booking_is_open($1, $2) as value', [
    merchant.id,
    shipment,
  ]);

test('a box is not called off as unbooked while its booking is under way', async () => {
  const booking = await planned();
  await claimIt(database.pool, booking);
  await reserve(database.pool, booking);
  const member = await database.connect();
  await committed(member, () => cancel(member, booking));
  const { context } = await mustClaim(database.pool, merchant, booking.shipment, 'cancel_shipment');
  expect(context['shipment']?.['awb']).toBeNull();
  expect(await mayStillBring(database.pool, booking)).toBe(true);
  await record(database.pool, booking);
  // The AWB came after the claim was read: the task must be sent round again, to call it off.
  expect(await mayStillBring(database.pool, booking)).toBe(true);
});

test('a box that was never booked is called off without a call', async () => {
  const booking = await planned();
  const member = await database.connect();
  await committed(member, () => cancel(member, booking));
  expect(await mayStillBring(database.pool, booking)).toBe(false);
});

test('a booking that failed after the cancellation is not tried again', async () => {
  const booking = await planned();
  await claimIt(database.pool, booking);
  await reserve(database.pool, booking);
  const member = await database.connect();
  await committed(member, () => cancel(member, booking));
  const effect = await readEffect(database.pool, booking.shipment, 'book_shipment');
  await fail(database.pool, effect, { outcome: 'transient' });
  await database.pool.query(
    'update app_public.effects set due_at = clock_timestamp() where subject_id = $1',
    [booking.shipment],
  );
  expect(await claimIt(database.pool, booking)).toBeNull();
});

test('a booking whose attempts ended in the dark is not taken for none', async () => {
  const booking = await planned();
  await claimIt(database.pool, booking);
  await reserve(database.pool, booking);
  await database.pool.query('update app_public.effects set attempts = 10 where subject_id = $1', [
    booking.shipment,
  ]);
  const effect = await readEffect(database.pool, booking.shipment, 'book_shipment');
  expect(effect.reserved_number).not.toBeNull();
  expect(await fail(database.pool, effect, { outcome: 'unknown' })).toBe('dead');
  const member = await database.connect();
  await committed(member, () => cancel(member, booking));
  const calling = await mustClaim(database.pool, merchant, booking.shipment, 'cancel_shipment');
  const known = calling.context['leftover']?.['reserved_number'] === effect.reserved_number;
  expect(known || (await mayStillBring(database.pool, booking))).toBe(true);
});

test('cancelling abandons what was not begun', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    await drive(db, merchant, order, 'validated');
    await cancel(db, { order, shipment: '', awb: '', epoch: 0 });
    await db.query('reset role');
    expect((await readEffect(db, order, 'assign_order')).status).toBe('abandoned');
    expect((await readEffect(db, order, 'validate_order')).status).toBe('confirmed');
    expect(await claim(db, merchant, order, 'assign_order')).toBeNull();
  }));

test('a label that arrives after the box was called off changes nothing', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    await drive(db, merchant, order, 'assigned');
    const { id } = await shipmentOf(db, order);
    const { effect } = await mustClaim(db, merchant, id, 'book_shipment');
    await refillPool(db, merchant, id, effect.epoch, [newAwb()]);
    await recordBooking(db, merchant, id, effect.epoch, newAwb());
    const fetching = await mustClaim(db, merchant, id, 'fetch_label');
    await cancel(db, { order, shipment: id, awb: '', epoch: 0 });
    await db.query('reset role');
    const calling = await mustClaim(db, merchant, id, 'cancel_shipment');
    await recordCancellation(db, merchant, id, calling.effect.epoch);
    expect(await recordLabel(db, merchant, id, fetching.effect.epoch)).toBe(false);
    expect((await shipmentOf(db, order)).status).toBe('cancelled');
  }));
