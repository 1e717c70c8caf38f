import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { book, drive, label } from '../support/drive.ts';
import { addTwoMerchants } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, readOrder, statusOf } from '../support/orders.ts';
import { codeOf, tally } from '../support/outcome.ts';
import { inParallel } from '../support/parallel.ts';
import {
  mustClaim,
  newAwb,
  recordBooking,
  recordLabel,
  recordScans,
  refillPool,
  shipmentOf,
  shipmentsOf,
} from '../support/pipeline.ts';
import type { Scan } from '../support/pipeline.ts';
import { count, one, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;
let other: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ mine: merchant, other } = await addTwoMerchants(database.pool));
});
afterAll(() => database.drop());

const at = (hour: number) => `2026-11-22T${String(hour).padStart(2, '0')}:00:00+05:30`;

async function labelled(db: Db): Promise<{ order: string; awb: string }> {
  const order = await placeOrder(db, merchant, 'automated');
  await drive(db, merchant, order, 'labelled');
  return { order, awb: (await shipmentOf(db, order)).awb ?? '' };
}

const scans = (awb: string, ...statuses: [string, number][]): Scan[] =>
  statuses.map(([status, hour]) => ({ awb, status, occurredAt: at(hour) }));

test('scans take the parcel forward and the order after it', () =>
  database.withRollback(async (db) => {
    const { order, awb } = await labelled(db);
    const steps: [string, number, string][] = [
      ['handed_over', 9, 'dispatched'],
      ['in_transit', 10, 'dispatched'],
      ['out_for_delivery', 11, 'dispatched'],
      ['undelivered', 12, 'dispatched'],
      ['out_for_delivery', 13, 'dispatched'],
      ['delivered', 14, 'delivered'],
    ];
    for (const [status, hour, ofOrder] of steps) {
      expect(await recordScans(db, merchant, scans(awb, [status, hour]))).toBe(1);
      expect((await shipmentOf(db, order)).status).toBe(status);
      expect(await statusOf(db, order)).toBe(ofOrder);
    }
  }));

test('a batch comes in any order and tells the same', () =>
  database.withRollback(async (db) => {
    const { order, awb } = await labelled(db);
    const batch = scans(awb, ['delivered', 14], ['handed_over', 9], ['in_transit', 10]);
    expect(await recordScans(db, merchant, batch)).toBe(3);
    expect(await statusOf(db, order)).toBe('delivered');
  }));

test('scans of one second count in the order in which they came', () =>
  database.withRollback(async (db) => {
    const { order, awb } = await labelled(db);
    const steps = [
      'handed_over',
      'in_transit',
      'out_for_delivery',
      'undelivered',
      'rto',
      'returned',
    ];
    const batch = scans(awb, ...steps.map((status): [string, number] => [status, 9]));
    expect(await recordScans(db, merchant, batch)).toBe(steps.length);
    const { rows } = await db.query<{ to_status: string | null }>(
      `select e.to_status from app_public.order_events e
       where e.order_id = $1 and e.actor_role = 'carrier' and e.shipment_id is not null order by e.seq`,
      [order],
    );
    expect(rows.map((row) => row.to_status)).toEqual(steps);
  }));

test('a late scan is recorded and moves nothing backwards', () =>
  database.withRollback(async (db) => {
    const { order, awb } = await labelled(db);
    await recordScans(db, merchant, scans(awb, ['out_for_delivery', 12]));
    expect(await recordScans(db, merchant, scans(awb, ['in_transit', 10]))).toBe(1);
    expect(await shipmentOf(db, order)).toMatchObject({
      status: 'out_for_delivery',
      last_scan: 'out_for_delivery',
    });
    const { seq } = await readOrder(db, order);
    const last = await one(
      db,
      `select type, to_status, occurred_at from app_public.order_events
       where order_id = $1 and seq = $2`,
      [order, seq],
    );
    const occurred_at = new Date(at(10));
    expect(last).toEqual({ type: 'scan_recorded', to_status: null, occurred_at });
  }));

test('an older scan of a failed attempt does not undo a later one', () =>
  database.withRollback(async (db) => {
    const { order, awb } = await labelled(db);
    await recordScans(db, merchant, scans(awb, ['undelivered', 12], ['out_for_delivery', 15]));
    await recordScans(db, merchant, scans(awb, ['undelivered', 13]));
    expect((await shipmentOf(db, order)).status).toBe('out_for_delivery');
  }));

test('the same scan by webhook and by poll, however often, is one event', () =>
  database.withRollback(async (db) => {
    const { order, awb } = await labelled(db);
    const told = scans(awb, ['in_transit', 10], ['out_for_delivery', 11], ['undelivered', 12]);
    expect(await recordScans(db, merchant, told)).toBe(3);
    const { seq } = await readOrder(db, order);
    for (let poll = 0; poll < 3; poll += 1) {
      expect(await recordScans(db, merchant, told)).toBe(0);
    }
    expect((await readOrder(db, order)).seq).toBe(seq);
  }));

test('two scans of the same second, told again and again, are two events', () =>
  database.withRollback(async (db) => {
    const { awb } = await labelled(db);
    const told = scans(awb, ['out_for_delivery', 11], ['undelivered', 11]);
    expect(await recordScans(db, merchant, told)).toBe(2);
    for (let poll = 0; poll < 3; poll += 1) {
      expect(await recordScans(db, merchant, told)).toBe(0);
    }
  }));

test('the same batch over ten connections at once is recorded once', async () => {
  const { order, awb } = await labelled(database.pool);
  const told = scans(awb, ['handed_over', 9], ['in_transit', 10], ['out_for_delivery', 11]);
  const before = (await readOrder(database.pool, order)).seq;
  let fresh = 0;
  const codes = await inParallel(database, 10, 20, async (db) => {
    const found = await recordScans(db, merchant, told);
    fresh += found;
  });
  expect(tally(codes)).toEqual({ ok: 20 });
  expect(fresh).toBe(3);
  // One more event: the order left with the first scan.
  expect((await readOrder(database.pool, order)).seq).toBe(before + 4);
});

/** The box has an AWB; its label is on the way. */
async function booked(db: Db): Promise<{ order: string; awb: string }> {
  const order = await placeOrder(db, merchant, 'automated');
  await drive(db, merchant, order, 'assigned');
  await book(db, merchant, order);
  return { order, awb: (await shipmentOf(db, order)).awb ?? '' };
}

test('scans that come before the label move the parcel as soon as it is labelled', () =>
  database.withRollback(async (db) => {
    const { order, awb } = await booked(db);
    const early = scans(awb, ['handed_over', 9], ['delivered', 14], ['in_transit', 10]);
    expect(await recordScans(db, merchant, early)).toBe(3);
    expect((await shipmentOf(db, order)).status).toBe('planned');
    await label(db, merchant, order);
    expect((await shipmentOf(db, order)).status).toBe('delivered');
    expect(await statusOf(db, order)).toBe('delivered');
    const { seq } = await readOrder(db, order);
    expect(await recordScans(db, merchant, early)).toBe(0);
    expect((await readOrder(db, order)).seq).toBe(seq);
  }));

test('scans that come before the booking is recorded move the parcel once it is labelled', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    await drive(db, merchant, order, 'assigned');
    const { id } = await shipmentOf(db, order);
    const { effect } = await mustClaim(db, merchant, id, 'book_shipment');
    const awb = (await refillPool(db, merchant, id, effect.epoch, [newAwb()])) ?? '';
    const early = scans(awb, ['handed_over', 9], ['in_transit', 10]);
    for (let push = 0; push < 2; push += 1) expect(await recordScans(db, merchant, early)).toBe(0);
    await recordBooking(db, merchant, id, effect.epoch, awb);
    await label(db, merchant, order);
    expect((await shipmentOf(db, order)).status).toBe('in_transit');
    expect(await statusOf(db, order)).toBe('dispatched');
    expect(await count(db, 'app_private.unmatched_scans')).toBe(0);
    expect(await recordScans(db, merchant, early)).toBe(0);
  }));

test('no scan is lost between a booking and a scan of its AWB at the same moment', async () => {
  for (let round = 0; round < 10; round += 1) {
    const { pool } = database;
    const order = await placeOrder(pool, merchant, 'automated');
    await drive(pool, merchant, order, 'assigned');
    const { id } = await shipmentOf(pool, order);
    const { effect } = await mustClaim(pool, merchant, id, 'book_shipment');
    const awb = (await refillPool(pool, merchant, id, effect.epoch, [newAwb()])) ?? '';
    await Promise.all([
      recordBooking(pool, merchant, id, effect.epoch, awb),
      recordScans(pool, merchant, scans(awb, ['in_transit', 10])),
    ]);
    await label(pool, merchant, order);
    expect((await shipmentOf(pool, order)).status).toBe('in_transit');
  }
});

test('what nobody booked is deleted after a week', () =>
  database.withRollback(async (db) => {
    await recordScans(db, merchant, scans('4711', ['delivered', 10]));
    const keep = () => value(db, 'select app_private.keep_house() as value');
    expect(await keep()).toMatchObject({ unmatched_scans_deleted: 0 });
    await db.query(
      `update app_private.unmatched_scans set received_at = now() - interval '8 days'`,
    );
    expect(await keep()).toMatchObject({ unmatched_scans_deleted: 1 });
  }));

test('of one second, a time that was cut shorter is not an older one', () =>
  database.withRollback(async (db) => {
    const { order, awb } = await labelled(db);
    const second = '2026-11-22T10:00:51';
    await recordScans(db, merchant, [
      { awb, status: 'out_for_delivery', occurredAt: `${second}.227612+05:30` },
    ]);
    await recordScans(db, merchant, [
      { awb, status: 'delivered', occurredAt: `${second}.2+05:30` },
    ]);
    expect(await statusOf(db, order)).toBe('delivered');
  }));

test('a scan without a status, however new, keeps no older scan from moving the parcel', () =>
  database.withRollback(async (db) => {
    const { order, awb } = await labelled(db);
    await recordScans(db, merchant, [{ awb, status: null, occurredAt: at(15) }]);
    await recordScans(db, merchant, scans(awb, ['delivered', 14]));
    expect(await statusOf(db, order)).toBe('delivered');
  }));

test('a parcel that goes back returns its order', () =>
  database.withRollback(async (db) => {
    const { order, awb } = await labelled(db);
    await recordScans(db, merchant, scans(awb, ['undelivered', 10], ['rto', 11]));
    expect(await statusOf(db, order)).toBe('dispatched');
    await recordScans(db, merchant, scans(awb, ['returned', 12]));
    expect(await readOrder(db, order)).toMatchObject({
      status: 'returned',
      shipping_status: 'returned',
      completed_at: null,
    });
  }));

test('scans of unknown parcels, of another merchant and without a status pass quietly', () =>
  database.withRollback(async (db) => {
    const { order, awb } = await labelled(db);
    expect(await recordScans(db, merchant, scans('4711', ['delivered', 10]))).toBe(0);
    expect(await recordScans(db, other, scans(awb, ['delivered', 10]))).toBe(0);
    expect(await recordScans(db, merchant, [{ awb, status: null, occurredAt: at(9) }])).toBe(1);
    expect(await statusOf(db, order)).toBe('labelled');
  }));

/** A second box of an assigned order, planned by hand. */
async function planSecondBox(db: Db, order: string): Promise<void> {
  await db.query('select app_hidden.act_for($1)', [merchant.id]);
  await db.query(
    `insert into app_public.order_events (order_id, shipment_id, type, inputs)
     select $1, app_hidden.uuid_v7(), 'shipment_planned', e.inputs || '{"box": 2}'
     from app_public.order_events e where e.order_id = $1 and e.type = 'shipment_planned'`,
    [order],
  );
}

async function twoBoxes(db: Db): Promise<{ order: string; awbs: string[] }> {
  const order = await placeOrder(db, merchant, 'automated');
  await drive(db, merchant, order, 'assigned');
  await planSecondBox(db, order);
  for (const { id } of await shipmentsOf(db, order)) {
    const { effect } = await mustClaim(db, merchant, id, 'book_shipment');
    const awb = await refillPool(db, merchant, id, effect.epoch, [newAwb()]);
    await recordBooking(db, merchant, id, effect.epoch, awb ?? '');
    const fetching = await mustClaim(db, merchant, id, 'fetch_label');
    await recordLabel(db, merchant, id, fetching.effect.epoch);
  }
  const awbs = (await shipmentsOf(db, order)).map(({ awb }) => awb ?? '');
  return { order, awbs };
}

test('an order of two boxes follows the last of them', () =>
  database.withRollback(async (db) => {
    const { order, awbs } = await twoBoxes(db);
    const [first = '', second = ''] = awbs;
    await recordScans(db, merchant, scans(first, ['in_transit', 9]));
    expect(await statusOf(db, order)).toBe('labelled');
    await recordScans(db, merchant, scans(second, ['in_transit', 9]));
    expect(await statusOf(db, order)).toBe('dispatched');
    await recordScans(db, merchant, scans(first, ['delivered', 10]));
    expect(await statusOf(db, order)).toBe('dispatched');
    await recordScans(db, merchant, scans(second, ['delivered', 10]));
    expect(await statusOf(db, order)).toBe('delivered');
  }));

test.each(['returned', 'lost'])('one box delivered and one %s does not stop the scans', (fate) =>
  database.withRollback(async (db) => {
    const { awbs } = await twoBoxes(db);
    const [first = '', second = ''] = awbs;
    const moving = [...scans(first, ['in_transit', 9]), ...scans(second, ['in_transit', 9])];
    await recordScans(db, merchant, moving);
    expect(await codeOf(recordScans(db, merchant, scans(first, ['delivered', 10])))).toBe('ok');
    expect(await codeOf(recordScans(db, merchant, scans(second, [fate, 11])))).toBe('ok');
  }),
);

test('what is due to be tracked is asked for once, by account', () =>
  database.withRollback(async (db) => {
    const { awb } = await labelled(db);
    await db.query('update app_public.carrier_accounts set tracking_poll_seconds = 5');
    const due = `app_private.shipments_to_track() t where $1 = any (t.awbs)`;
    expect(await count(db, due, [awb])).toBe(0);
    await db.query('delete from app_private.tracking_polls');
    await db.query(
      `alter table app_public.shipments_current disable trigger user;
       update app_public.shipments_current set labelled_at = now() - interval '1 minute'`,
    );
    expect(await count(db, due, [awb])).toBe(1);
    expect(await count(db, due, [awb])).toBe(0);
  }));
