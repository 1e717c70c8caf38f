/** Boxes whose end nobody here had planned: what the carrier does with them is true all the same. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { asActor, asDba, asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { book, drive, giveLabelUp, label } from '../support/drive.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, readOrder, writeMove } from '../support/orders.ts';
import { tryOut } from '../support/outcome.ts';
import {
  fail,
  mustClaim,
  readEffect,
  recordBooking,
  recordCancellation,
  recordScans,
  refillPool,
  newAwb,
  shipmentOf,
  shipmentsOf,
} from '../support/pipeline.ts';
import { count, rows, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';
import { broken } from '../proof/broken.ts';
import { addBox, cancel } from './hand-over.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

/** A box that the carrier knows; its label is on the way. */
async function booked(db: Db): Promise<string> {
  const order = await placeOrder(db, merchant, 'automated');
  await drive(db, merchant, order, 'assigned');
  await book(db, merchant, order);
  return order;
}

async function labelled(db: Db): Promise<string> {
  const order = await placeOrder(db, merchant, 'automated');
  await drive(db, merchant, order, 'labelled');
  return order;
}

/** What the carrier says of the order's first booking, at an hour of one day. */
async function scanned(db: Db, order: string, status: string, hour: number): Promise<void> {
  const [box] = await shipmentsOf(db, order);
  const occurredAt = `2026-11-22T${String(hour).padStart(2, '0')}:00:00+05:30`;
  await recordScans(db, merchant, [{ awb: box?.awb ?? '', status, occurredAt }]);
}

/** The carrier has it already. */
async function refuseToCancel(db: Db, order: string): Promise<void> {
  const { id } = await shipmentOf(db, order);
  const { effect } = await mustClaim(db, merchant, id, 'cancel_shipment');
  await fail(db, effect, {
    outcome: 'refused',
    code: 'CARRIER_HAS_PARCEL',
    message: 'The order is cancelled here, but its parcel travels: have it sent back.',
  });
}

async function agreeToCancel(db: Db, order: string): Promise<void> {
  const { id } = await shipmentOf(db, order);
  const { effect } = await mustClaim(db, merchant, id, 'cancel_shipment');
  await recordCancellation(db, merchant, id, effect.epoch);
}

async function rebook(db: Db, order: string): Promise<void> {
  const { id } = await shipmentOf(db, order);
  await asMember(db, merchant, 'manager');
  await db.query('select app_public.rebook_shipment($1, $2, $3)', [
    id,
    'Cancelled in the panel',
    merchant.carrierAccount,
  ]);
  await asDba(db);
}

/** Where order and box are, and why somebody should look. */
async function told(db: Db, order: string) {
  const { status, attention } = await readOrder(db, order);
  return [status, (await shipmentOf(db, order)).status, attention];
}

const alarms = (db: Db, order: string) =>
  rows<{ code: string }>(
    db,
    `select inputs ->> 'code' as code from app_public.order_events
     where order_id = $1 and type = 'attention_raised' order by seq`,
    [order],
  ).then((raised) => raised.map(({ code }) => code));

describe('an order that is cancelled while the label of its box is fetched', () => {
  test('and whose carrier has the parcel already: the box goes where the parcel goes', () =>
    database.withRollback(async (db) => {
      const order = await booked(db);
      await cancel(db, order);
      await refuseToCancel(db, order);
      for (const [status, hour] of [
        ['handed_over', 9],
        ['in_transit', 10],
        ['undelivered', 11],
        ['out_for_delivery', 12],
      ] as const) {
        await scanned(db, order, status, hour);
        expect(await told(db, order)).toEqual(['cancelled', status, 'CARRIER_HAS_PARCEL']);
      }
      await scanned(db, order, 'delivered', 13);
      expect(await told(db, order)).toEqual([
        'cancelled',
        'delivered',
        'CANCELLED_PARCEL_DELIVERED',
      ]);
      expect(await alarms(db, order)).toEqual(['CARRIER_HAS_PARCEL', 'CANCELLED_PARCEL_DELIVERED']);
      expect(await broken(db)).toEqual({});
    }));

  test('after the carrier had collected it: what was only noted counts once it refuses', () =>
    database.withRollback(async (db) => {
      const order = await booked(db);
      await scanned(db, order, 'in_transit', 10);
      await scanned(db, order, 'delivered', 14);
      expect(await told(db, order)).toEqual(['assigned', 'planned', null]);
      await cancel(db, order);
      await refuseToCancel(db, order);
      expect(await told(db, order)).toEqual([
        'cancelled',
        'delivered',
        'CANCELLED_PARCEL_DELIVERED',
      ]);
      expect(await broken(db)).toEqual({});
    }));

  test('after the carrier had collected it, which agrees: it is on its way, and comes back', () =>
    database.withRollback(async (db) => {
      const order = await booked(db);
      await scanned(db, order, 'in_transit', 10);
      await cancel(db, order);
      await agreeToCancel(db, order);
      expect(await told(db, order)).toEqual(['cancelled', 'in_transit', 'CANCELLED_ON_ITS_WAY']);
      await scanned(db, order, 'rto', 11);
      expect(await told(db, order)).toEqual(['cancelled', 'rto', 'CANCELLED_ON_ITS_WAY']);
      await scanned(db, order, 'returned', 12);
      expect(await told(db, order)).toEqual(['cancelled', 'returned', 'CANCELLED_PARCEL_RETURNED']);
      expect(await broken(db)).toEqual({});
    }));

  test('while the carrier is still being asked: the first scan alarms, the next ones do not', () =>
    database.withRollback(async (db) => {
      const order = await booked(db);
      await cancel(db, order);
      await scanned(db, order, 'handed_over', 9);
      expect(await told(db, order)).toEqual(['cancelled', 'handed_over', 'CANCELLED_PARCEL_MOVES']);
      await scanned(db, order, 'in_transit', 10);
      expect(await alarms(db, order)).toEqual(['CANCELLED_PARCEL_MOVES']);
    }));

  test('with an unknown outcome: the box is moved once nobody waits for the label', () =>
    database.withRollback(async (db) => {
      const order = await booked(db);
      const { id } = await shipmentOf(db, order);
      const { effect } = await mustClaim(db, merchant, id, 'fetch_label');
      expect(await fail(db, effect, { outcome: 'unknown' })).toBe('retry');
      await cancel(db, order);
      await refuseToCancel(db, order);
      await scanned(db, order, 'in_transit', 10);
      expect((await shipmentOf(db, order)).status).toBe('planned');
      await db.query(`update app_public.effects set due_at = now() where subject_id = $1`, [id]);
      const again = await mustClaim(db, merchant, id, 'fetch_label');
      expect(await fail(db, again.effect, { outcome: 'transient' })).toBe('abandoned');
      expect((await shipmentOf(db, order)).status).toBe('in_transit');
    }));

  test('and whose booking ends only then: its early scans move it at once', () =>
    database.withRollback(async (db) => {
      const order = await placeOrder(db, merchant, 'automated');
      await drive(db, merchant, order, 'assigned');
      const { id } = await shipmentOf(db, order);
      const { effect } = await mustClaim(db, merchant, id, 'book_shipment');
      const awb = (await refillPool(db, merchant, id, effect.epoch, [newAwb()])) ?? '';
      await cancel(db, order);
      const occurredAt = '2026-11-22T10:00:00+05:30';
      await recordScans(db, merchant, [{ awb, status: 'in_transit', occurredAt }]);
      await recordBooking(db, merchant, id, effect.epoch, awb);
      expect(await told(db, order)).toEqual(['cancelled', 'in_transit', 'CANCELLED_PARCEL_MOVES']);
    }));
});

test('a parcel that was called off, and is delivered and told of twice, alarms twice: moves, delivered', () =>
  database.withRollback(async (db) => {
    const order = await labelled(db);
    await cancel(db, order);
    await agreeToCancel(db, order);
    await scanned(db, order, 'in_transit', 10);
    await scanned(db, order, 'out_for_delivery', 11);
    await scanned(db, order, 'delivered', 12);
    await scanned(db, order, 'delivered', 13);
    await scanned(db, order, 'in_transit', 9);
    expect(await told(db, order)).toEqual(['cancelled', 'cancelled', 'CANCELLED_PARCEL_DELIVERED']);
    expect(await alarms(db, order)).toEqual([
      'CANCELLED_PARCEL_MOVES',
      'CANCELLED_PARCEL_DELIVERED',
    ]);
  }));

describe('a box whose label was given up', () => {
  test('and that is handed over with another: the order follows it to the door', () =>
    database.withRollback(async (db) => {
      const order = await booked(db);
      await giveLabelUp(db, merchant, order);
      await scanned(db, order, 'in_transit', 10);
      expect(await told(db, order)).toEqual(['dispatched', 'in_transit', 'label-impossible']);
      await scanned(db, order, 'delivered', 12);
      expect(await told(db, order)).toEqual(['delivered', 'delivered', 'label-impossible']);
      expect(await broken(db)).toEqual({});
    }));

  test('after the carrier had collected it: what was only noted counts at once', () =>
    database.withRollback(async (db) => {
      const order = await booked(db);
      await scanned(db, order, 'in_transit', 10);
      expect((await shipmentOf(db, order)).status).toBe('planned');
      await giveLabelUp(db, merchant, order);
      expect(await told(db, order)).toEqual(['dispatched', 'in_transit', 'label-impossible']);
    }));

  test('and that gets it after all: the label is kept, and moves nothing back', () =>
    database.withRollback(async (db) => {
      const order = await booked(db);
      await giveLabelUp(db, merchant, order);
      await scanned(db, order, 'in_transit', 10);
      await asActor(db, merchant, 'owner');
      await db.query(
        `select app_public.retry_dead_letter(id) from app_public.dead_letters where order_id = $1`,
        [order],
      );
      await label(db, merchant, order);
      expect(await told(db, order)).toEqual(['dispatched', 'in_transit', null]);
      expect(await broken(db)).toEqual({});
    }));

  test('is polled, as one that is labelled, and as none whose label is still to come', () =>
    database.withRollback(async (db) => {
      const [given, awaited] = [await booked(db), await booked(db)];
      await giveLabelUp(db, merchant, given);
      await db.query('set local session_replication_role = replica');
      await db.query(
        `update app_public.shipments_current set created_at = now() - interval '1 day'`,
      );
      await db.query('set local session_replication_role = origin');
      const asked = await value<string[]>(
        db,
        `select array_agg(a) as value from app_private.shipments_to_track() t, unnest(t.awbs) a`,
      );
      expect(asked).toContain((await shipmentOf(db, given)).awb);
      expect(asked).not.toContain((await shipmentOf(db, awaited)).awb);
    }));
});

test('a box that is not booked, or whose label is still to come, is moved by nobody: WB001', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    await drive(db, merchant, order, 'assigned');
    const { id: shipment } = await shipmentOf(db, order);
    const move = () => writeMove(db, order, { to: 'in_transit', shipment });
    await asActor(db, merchant, 'owner');
    expect(await tryOut(db, move)).toMatchObject({ code: 'WB001', facts: { status: 'planned' } });
    await book(db, merchant, order);
    await asActor(db, merchant, 'owner');
    expect(await tryOut(db, move)).toMatchObject({ code: 'WB001', facts: { status: 'planned' } });
    await giveLabelUp(db, merchant, order);
    await asActor(db, merchant, 'owner');
    expect((await tryOut(db, move)).code).toBe('ok');
  }));

describe('a parcel that the carrier says is cancelled, and nobody here had asked for it', () => {
  test('alarms once, and the box stays so that it can be booked anew, which cures it', () =>
    database.withRollback(async (db) => {
      const order = await labelled(db);
      await scanned(db, order, 'cancelled', 10);
      await scanned(db, order, 'cancelled', 10);
      await scanned(db, order, 'cancelled', 11);
      expect(await told(db, order)).toEqual(['labelled', 'labelled', 'CANCELLED_AT_CARRIER']);
      expect(await alarms(db, order)).toEqual(['CANCELLED_AT_CARRIER']);
      await rebook(db, order);
      await agreeToCancel(db, order);
      expect((await readOrder(db, order)).attention).toBeNull();
      expect(await shipmentsOf(db, order)).toMatchObject([
        { booking: 1, status: 'cancelled' },
        { booking: 2, status: 'planned' },
      ]);
      expect(await broken(db)).toEqual({});
    }));

  test('is cured by cancelling the order, too', () =>
    database.withRollback(async (db) => {
      const order = await labelled(db);
      await scanned(db, order, 'cancelled', 10);
      await cancel(db, order);
      await agreeToCancel(db, order);
      expect(await told(db, order)).toEqual(['cancelled', 'cancelled', null]);
    }));

  test('alarms before its label has come, and not again when it comes', () =>
    database.withRollback(async (db) => {
      const order = await booked(db);
      await scanned(db, order, 'cancelled', 10);
      expect(await told(db, order)).toEqual(['assigned', 'planned', 'CANCELLED_AT_CARRIER']);
      await label(db, merchant, order);
      expect(await alarms(db, order)).toEqual(['CANCELLED_AT_CARRIER']);
    }));

  test('and that moves after all, alarms no longer', () =>
    database.withRollback(async (db) => {
      const order = await labelled(db);
      await scanned(db, order, 'cancelled', 10);
      await scanned(db, order, 'in_transit', 11);
      expect(await told(db, order)).toEqual(['dispatched', 'in_transit', null]);
    }));

  test('but had moved since, alarms nobody', () =>
    database.withRollback(async (db) => {
      const order = await labelled(db);
      await scanned(db, order, 'in_transit', 11);
      await scanned(db, order, 'cancelled', 10);
      expect(await told(db, order)).toEqual(['dispatched', 'in_transit', null]);
    }));

  test('on its way: it may come back', () =>
    database.withRollback(async (db) => {
      const order = await labelled(db);
      await scanned(db, order, 'in_transit', 10);
      await scanned(db, order, 'cancelled', 11);
      expect(await told(db, order)).toEqual(['dispatched', 'in_transit', 'CANCELLED_ON_ITS_WAY']);
    }));

  test('of two boxes: the alarm goes with the box that it is about', () =>
    database.withRollback(async (db) => {
      const order = await labelled(db);
      await asDba(db);
      await addBox(db, merchant, order, (await shipmentOf(db, order)).id);
      await scanned(db, order, 'cancelled', 10);
      const occurredAt = '2026-11-22T11:00:00+05:30';
      await recordScans(db, merchant, [{ awb: '7777777', status: 'in_transit', occurredAt }]);
      expect((await readOrder(db, order)).attention).toBe('CANCELLED_AT_CARRIER');
      await scanned(db, order, 'in_transit', 12);
      expect((await readOrder(db, order)).attention).toBeNull();
    }));

  test.each(['being called off', 'called off'])('alarms nobody while it is %s by us', (how) =>
    database.withRollback(async (db) => {
      const order = await labelled(db);
      await rebook(db, order);
      if (how === 'called off') await agreeToCancel(db, order);
      await scanned(db, order, 'cancelled', 10);
      expect(await alarms(db, order)).toEqual([]);
    }),
  );

  test('of a cancelled order ends the box, though the carrier had refused: nothing is left to settle', () =>
    database.withRollback(async (db) => {
      const order = await labelled(db);
      await cancel(db, order);
      await refuseToCancel(db, order);
      await scanned(db, order, 'cancelled', 10);
      expect(await told(db, order)).toEqual(['cancelled', 'cancelled', null]);
      const { id } = await shipmentOf(db, order);
      expect((await readEffect(db, id, 'cancel_shipment')).status).toBe('abandoned');
      const open = `app_public.dead_letters where order_id = '${order}' and resolved_at is null`;
      expect(await count(db, open)).toBe(0);
      expect(await broken(db)).toEqual({});
    }));

  test('of a cancelled order ends the box while the carrier is still being asked', () =>
    database.withRollback(async (db) => {
      const order = await labelled(db);
      await cancel(db, order);
      await scanned(db, order, 'cancelled', 10);
      await agreeToCancel(db, order);
      expect(await told(db, order)).toEqual(['cancelled', 'cancelled', null]);
      expect(await alarms(db, order)).toEqual([]);
    }));
});
