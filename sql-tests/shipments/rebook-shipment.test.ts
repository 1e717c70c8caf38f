import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { asActor, asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { drive, scan } from '../support/drive.ts';
import { addTwoMerchants } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, statusOf } from '../support/orders.ts';
import { codeOf, tally, tryOut } from '../support/outcome.ts';
import { inParallel } from '../support/parallel.ts';
import {
  claim,
  fail,
  mustClaim,
  newAwb,
  readEffect,
  recordBooking,
  recordLabel,
  recordScans,
  refillPool,
  shipmentOf,
  shipmentsOf,
} from '../support/pipeline.ts';
import { count, rows, value } from '../support/query.ts';
import { broken } from '../proof/broken.ts';
import { rebook, rebookings, takes } from './rebooking.ts';

let database: TestDatabase;
let mine: Merchant;
let other: Merchant;
let bluedart: number;
let disabled: number;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ mine, other } = await addTwoMerchants(database.pool));
  const add = (carrier: string, name: string, priority: number, off: boolean) =>
    value<number>(
      database.pool,
      `insert into app_public.carrier_accounts (merchant_id, carrier, name, priority, disabled_at)
       values ($1, $2, $3, $4, case when $5 then now() end) returning id as value`,
      [mine.id, carrier, name, priority, off],
    );
  disabled = await add('shiprocket', 'Shiprocket', 2, true);
  bluedart = await add('bluedart', 'Blue Dart', 3, false);
});
afterAll(() => database.drop());

const { asManager, orderAt, offered, callOff, latest, attentionOf } = rebookings(() => ({
  database,
  mine,
}));

async function bookAndLabel(box: string): Promise<void> {
  const { effect } = await mustClaim(database.pool, mine, box, 'book_shipment');
  await recordBooking(database.pool, mine, box, effect.epoch, newAwb());
  const fetched = await mustClaim(database.pool, mine, box, 'fetch_label');
  await recordLabel(database.pool, mine, box, fetched.effect.epoch);
}

describe.each(['assigned', 'labelled'] as const)('a box of an order that is %s', (status) => {
  test('is called off first, and only then planned with the other carrier', async () => {
    const { order, box } = await orderAt(status);
    await asManager((db) => rebook(db, box, bluedart));
    expect(await shipmentsOf(database.pool, order)).toHaveLength(1);
    await callOff(box);
    expect(await shipmentsOf(database.pool, order)).toMatchObject([
      { id: box, box: 1, booking: 1, status: 'cancelled', carrier: 'delhivery' },
      { box: 1, booking: 2, status: 'planned', carrier: 'bluedart', awb: null },
    ]);
    const told = await rows<{ type: string; to_status: string | null }>(
      database.pool,
      `select type, to_status from app_public.order_events
       where order_id = $1 and shipment_id is not null order by seq desc limit 3`,
      [order],
    );
    expect(told.map(({ type, to_status: to }) => to ?? type)).toEqual([
      'planned',
      'cancelled',
      'rebooking_requested',
    ]);
    expect(await statusOf(database.pool, order)).toBe(status);
  });

  test('keeps its contents, goes under a reference of its own and travels on', async () => {
    const { order, box } = await orderAt(status);
    await asManager((db) => rebook(db, box));
    expect(await offered(order, [takes(bluedart)])).toBe('rebooked');
    await callOff(box);
    const anew = await latest(order);
    const contents = `select line, quantity from app_public.shipment_items
      where shipment_id = $1 order by line`;
    const packed = await rows(database.pool, contents, [anew.id]);
    expect(packed).toEqual(await rows(database.pool, contents, [box]));
    expect(packed.length).toBeGreaterThan(0);
    const first = await readEffect(database.pool, box, 'book_shipment');
    const second = await readEffect(database.pool, anew.id, 'book_shipment');
    expect(second.reference).toBe(`${first.reference}-2`);
    await bookAndLabel(anew.id);
    expect(await statusOf(database.pool, order)).toBe('labelled');
    const { awb } = await latest(order);
    await recordScans(database.pool, { ...mine, carrierAccount: bluedart }, [
      { awb: awb ?? '', status: 'in_transit', occurredAt: '2026-11-22T10:00:00+05:30' },
    ]);
    expect(await statusOf(database.pool, order)).toBe('dispatched');
    expect(await broken(database.pool)).toEqual({});
  });
});

test('a labelled order does not leave before the box that was booked anew has its label', async () => {
  const { order, box } = await orderAt('labelled');
  await asManager((db) => rebook(db, box, bluedart));
  await callOff(box);
  const outcome = await database.withRollback(async (db) => {
    await asMember(db, mine, 'owner');
    return tryOut(db, () =>
      db.query(`select app_public.transition_order($1, 'dispatched')`, [order]),
    );
  });
  expect(outcome.code).toBe('WB001');
});

test('a booking that was refused is cured: its dead letter is settled', async () => {
  const { order, box } = await orderAt('assigned');
  const { effect } = await mustClaim(database.pool, mine, box, 'book_shipment');
  await fail(database.pool, effect, { outcome: 'refused', code: 'pincode-not-serviceable' });
  expect(await attentionOf(order)).toBe('pincode-not-serviceable');
  await asManager((db) => rebook(db, box));
  await offered(order, [takes(bluedart)]);
  await callOff(box);
  expect((await latest(order)).carrier).toBe('bluedart');
  expect(await attentionOf(order)).toBeNull();
  const open = `app_public.dead_letters where order_id = '${order}' and resolved_at is null`;
  expect(await count(database.pool, open)).toBe(0);
});

test('a carrier that has the parcel already: nothing is planned, and somebody is told', async () => {
  const { order, box } = await orderAt('labelled');
  await asManager((db) => rebook(db, box, bluedart));
  const { effect } = await mustClaim(database.pool, mine, box, 'cancel_shipment');
  await fail(database.pool, effect, { outcome: 'refused', code: 'CARRIER_HAS_PARCEL' });
  expect(await shipmentsOf(database.pool, order)).toMatchObject([{ id: box, status: 'labelled' }]);
  expect(await attentionOf(order)).toBe('CARRIER_HAS_PARCEL');
  // Asked once more, it is called off once more.
  await asManager((db) => rebook(db, box, bluedart));
  await callOff(box);
  expect((await latest(order)).booking).toBe(2);
});

test('a parcel that was collected while it was called off is not booked twice', async () => {
  const { order, box } = await orderAt('labelled');
  await asManager((db) => rebook(db, box, bluedart));
  await scan('in_transit', '2026-11-22T10:00:00+05:30')(database.pool, mine, order);
  await callOff(box);
  expect(await shipmentsOf(database.pool, order)).toMatchObject([
    { id: box, status: 'in_transit' },
  ]);
  expect(await attentionOf(order)).toBe('CANCELLED_ON_ITS_WAY');
});

test('the old parcel that moves after all raises attention', async () => {
  const { order, box } = await orderAt('labelled');
  const { awb } = await latest(order);
  await asManager((db) => rebook(db, box, bluedart));
  await callOff(box);
  const moved = { awb: awb ?? '', status: 'in_transit', occurredAt: '2026-11-22T10:00:00+05:30' };
  await recordScans(database.pool, mine, [moved]);
  await recordScans(database.pool, mine, [{ ...moved, occurredAt: '2026-11-22T11:00:00+05:30' }]);
  expect(await attentionOf(order)).toBe('CANCELLED_PARCEL_MOVES');
  const raised = `app_public.order_events where order_id = '${order}' and type = 'attention_raised'`;
  expect(await count(database.pool, raised)).toBe(1);
  expect(await statusOf(database.pool, order)).toBe('labelled');
});

test('an order that is cancelled meanwhile gets no new box', async () => {
  const { order, box } = await orderAt('labelled');
  await asManager((db) => rebook(db, box, bluedart));
  await asManager((db) => db.query(`select app_public.cancel_order($1, 'Too late.')`, [order]));
  await callOff(box);
  expect(await shipmentsOf(database.pool, order)).toMatchObject([{ id: box, status: 'cancelled' }]);
});

test('an order that is cancelled afterwards has its new box called off', async () => {
  const { order, box } = await orderAt('labelled');
  await asManager((db) => rebook(db, box, bluedart));
  await callOff(box);
  const anew = await latest(order);
  await asManager((db) => db.query(`select app_public.cancel_order($1, 'Too late.')`, [order]));
  await callOff(anew.id);
  const live = `app_public.shipments_current where order_id = '${order}' and status <> 'cancelled'`;
  expect(await count(database.pool, live)).toBe(0);
});

test('a booking that is under way ends first, and its label is not fetched', async () => {
  const { order, box } = await orderAt('assigned');
  const { effect } = await mustClaim(database.pool, mine, box, 'book_shipment');
  const awb = await refillPool(database.pool, mine, box, effect.epoch, [newAwb()]);
  await asManager((db) => rebook(db, box, bluedart));
  const open = 'select app_private.booking_is_open($1, $2) as value';
  expect(await value(database.pool, open, [mine.id, box])).toBe(true);
  await recordBooking(database.pool, mine, box, effect.epoch, awb ?? '');
  expect(await claim(database.pool, mine, box, 'fetch_label')).toBeNull();
  await callOff(box);
  expect(await shipmentsOf(database.pool, order)).toMatchObject([
    { awb, status: 'cancelled' },
    { awb: null, status: 'planned' },
  ]);
});

test('a booking that had not begun, or fails now, is not tried again', async () => {
  const { box } = await orderAt('assigned');
  await asManager((db) => rebook(db, box, bluedart));
  expect(await claim(database.pool, mine, box, 'book_shipment')).toBeNull();
  const begun = await orderAt('assigned');
  const { effect } = await mustClaim(database.pool, mine, begun.box, 'book_shipment');
  await refillPool(database.pool, mine, begun.box, effect.epoch, [newAwb()]);
  await asManager((db) => rebook(db, begun.box, bluedart));
  expect(await fail(database.pool, effect, { outcome: 'transient' })).toBe('abandoned');
});

test.each(['named', 'by rule'])('of many who want it at once, one is heard: %s', async (how) => {
  const { order, box } = await orderAt('labelled');
  const codes = await inParallel(database, 4, 8, async (client) => {
    await asMember(client, mine, 'staff');
    await rebook(client, box, how === 'named' ? bluedart : null);
  });
  expect(tally(codes)).toEqual({ ok: 1, WB002: 7 });
  if (how === 'by rule') await offered(order, [takes(bluedart)]);
  await callOff(box);
  expect(await shipmentsOf(database.pool, order)).toHaveLength(2);
});

test('cancelling and booking anew at once leave no live parcel behind', async () => {
  for (let time = 0; time < 6; time += 1) {
    const { order, box } = await orderAt('labelled');
    const codes = await inParallel(database, 2, 2, async (client, at) => {
      await asMember(client, mine, 'manager');
      if (at === 0) await rebook(client, box, bluedart);
      else await client.query(`select app_public.cancel_order($1, 'Changed her mind.')`, [order]);
    });
    expect(codes.filter((code) => !['ok', 'WB001'].includes(code))).toEqual([]);
    await callOff(box);
    expect(await shipmentsOf(database.pool, order)).toMatchObject([{ status: 'cancelled' }]);
  }
});

test('a box has one live booking, by constraint', async () => {
  const { order } = await orderAt('assigned');
  const again = database.withRollback(async (db) => {
    await asActor(db, mine, 'system');
    await db.query(
      `insert into app_public.order_events (order_id, shipment_id, type, inputs)
       select order_id, app_hidden.uuid_v7(), type, inputs || '{"booking": 2}'
       from app_public.order_events where order_id = $1 and type = 'shipment_planned'`,
      [order],
    );
  });
  expect(await codeOf(again)).toBe('23505');
});

test('what cannot be booked anew is refused with its reason', async () => {
  const { box } = await orderAt('labelled');
  const gone = await placeOrder(database.pool, mine, 'automated');
  await drive(database.pool, mine, gone, 'dispatched');
  const { id: travelling } = await shipmentOf(database.pool, gone);
  await database.withRollback(async (db) => {
    await asMember(db, mine, 'staff');
    const refusal = async (...given: Parameters<typeof rebook>) => {
      const { code, facts } = await tryOut(db, () => rebook(...given));
      return [code, facts['field'] ?? facts['status']];
    };
    expect(await refusal(db, travelling)).toEqual(['WB001', 'in_transit']);
    expect(await refusal(db, box, bluedart, { reason: ' ' })).toEqual(['WB004', 'reason']);
    expect(await refusal(db, box, disabled)).toEqual(['WB004', 'carrierAccountId']);
    expect(await refusal(db, box, other.carrierAccount)).toEqual(['WB004', 'carrierAccountId']);
    const first = await rebook(db, box, bluedart, { key: 'k' });
    expect(await rebook(db, box, bluedart, { key: 'k' })).toEqual(first);
    expect(await refusal(db, box, null, { key: 'k' })).toEqual(['WB005', 'idempotencyKey']);
    expect(await refusal(db, box, bluedart)).toEqual(['WB002', 'labelled']);
    await asMember(db, other, 'owner');
    expect(await refusal(db, box, bluedart)).toEqual(['WB007', 'shipmentId']);
  });
});

test('when every account was tried, one has to be named', async () => {
  const { order, box } = await orderAt('assigned');
  await asManager((db) => rebook(db, box));
  await offered(order, [takes(bluedart)]);
  await callOff(box);
  const anew = await latest(order);
  const outcome = await codeOf(asManager((db) => rebook(db, anew.id)));
  expect(outcome).toBe('WB004');
  await asManager((db) => rebook(db, anew.id, mine.carrierAccount));
  await callOff(anew.id);
  expect(await latest(order)).toMatchObject({ booking: 3, carrier: 'delhivery' });
});
