import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { asDba } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { scan } from '../support/drive.ts';
import { addTwoMerchants } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { readOrder } from '../support/orders.ts';
import { tryOut } from '../support/outcome.ts';
import { claim, fail, mustClaim, readEffect, shipmentOf } from '../support/pipeline.ts';
import { one, rows, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';
import { cancel, labelled } from './hand-over.ts';

const kind = 'request_carrier_pickup';
let database: TestDatabase;
let mine: Merchant;
let other: Merchant;
/** The same merchant with an account whose carrier collects parcels and not visits. */
let byParcel: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ mine, other } = await addTwoMerchants(database.pool));
  const carrierAccount = await value<number>(
    database.pool,
    `insert into app_public.carrier_accounts (merchant_id, carrier, name)
     values ($1, 'shiprocket', 'Shiprocket') returning id as value`,
    [mine.id],
  );
  byParcel = { ...mine, carrierAccount };
});
afterAll(() => database.drop());

interface Pickup {
  id: string;
  status: string;
  carrier_reference: string | null;
}

const pickups = (db: Db, merchant: Merchant) =>
  rows<Pickup>(
    db,
    `select id, status, carrier_reference from app_public.carrier_pickups
     where merchant_id = $1 order by pickup_on`,
    [merchant.id],
  );

async function onlyPickup(db: Db, merchant: Merchant): Promise<Pickup> {
  const [first, ...more] = await pickups(db, merchant);
  if (first === undefined || more.length > 0) throw new Error('Not one pickup');
  return first;
}

const pickupOf = (db: Db, order: string) =>
  value<string | null>(
    db,
    'select carrier_pickup_id as value from app_public.shipments_current where order_id = $1',
    [order],
  );

async function confirm(db: Db, merchant: Merchant, subject: string, reference: string | null) {
  const { effect } = await mustClaim(db, merchant, subject, kind);
  await db.query('select app_private.record_carrier_pickup($1, $2, $3, $4)', [
    merchant.id,
    subject,
    effect.epoch,
    reference,
  ]);
}

describe('the day of a visit', () => {
  const monToSat = [1, 2, 3, 4, 5, 6];
  const cases: [string, string, number[], string][] = [
    ['before the cut-off it is today', '2026-11-23T14:59:00+05:30', monToSat, '2026-11-23'],
    ['at the cut-off, too', '2026-11-23T15:00:00+05:30', monToSat, '2026-11-23'],
    ['after it, tomorrow', '2026-11-23T15:00:01+05:30', monToSat, '2026-11-24'],
    ['on Saturday evening, Monday', '2026-11-21T18:00:00+05:30', monToSat, '2026-11-23'],
    ['on Sunday morning, Monday', '2026-11-22T09:00:00+05:30', monToSat, '2026-11-23'],
    ['by the clock of the merchant', '2026-11-23T20:00:00Z', monToSat, '2026-11-24'],
    ['with one day a week, that day', '2026-11-24T09:00:00+05:30', [2], '2026-11-24'],
    ['or a week later', '2026-11-24T16:00:00+05:30', [2], '2026-12-01'],
    ['every day, if it says so', '2026-11-22T09:00:00+05:30', [7, 1], '2026-11-22'],
  ];
  test.each(cases)('%s', (_, at, weekdays, day) =>
    database.withRollback(async (db) => {
      await db.query(
        `update app_public.locations set pickup_weekdays = $2 where merchant_id = $1`,
        [mine.id, weekdays],
      );
      const sql = 'select app_hidden.next_pickup_on($1, $2, $3)::text as value';
      expect(await value(db, sql, [mine.id, mine.location, at])).toBe(day);
    }),
  );

  test('is one of the week: a location without a day, or with an eighth, is refused', () =>
    database.withRollback(async (db) => {
      for (const weekdays of [[], [8], [0]]) {
        const sql = 'update app_public.locations set pickup_weekdays = $1';
        expect((await tryOut(db, () => db.query(sql, [weekdays]))).code).toBe('23514');
      }
    }));
});

describe('a carrier that makes visits', () => {
  test('is asked once a day, and every box knows its visit, also those labelled after', () =>
    database.withRollback(async (db) => {
      const before = await labelled(db, mine);
      const pickup = await onlyPickup(db, mine);
      expect(pickup.status).toBe('planned');
      await confirm(db, mine, pickup.id, 'PU-1');
      const after = await labelled(db, mine);
      for (const order of [before, after]) expect(await pickupOf(db, order)).toBe(pickup.id);
      expect(await onlyPickup(db, mine)).toEqual({
        id: pickup.id,
        status: 'requested',
        carrier_reference: 'PU-1',
      });
      const effects = await rows(db, `select 1 from app_public.effects where kind = '${kind}'`);
      expect(effects).toHaveLength(1);
      const counts = await one(
        db,
        `select app_public.carrier_pickups_box_count(p) as boxes,
           app_public.carrier_pickups_waiting_count(p) as waiting
         from app_public.carrier_pickups p where p.id = $1`,
        [pickup.id],
      );
      expect(counts).toEqual({ boxes: 2, waiting: 2 });
    }));

  test('that refuses leaves a dead letter with its words; asked again and coming, it comes', () =>
    database.withRollback(async (db) => {
      const order = await labelled(db, mine);
      const { id } = await onlyPickup(db, mine);
      const { effect } = await mustClaim(db, mine, id, kind);
      const message = 'Pickup is not available on a holiday';
      await fail(db, effect, { outcome: 'refused', code: 'pickup-refused', message });
      expect(await onlyPickup(db, mine)).toMatchObject({ status: 'refused' });
      const letter = await one<{ id: string }>(
        db,
        `select id, effect_kind, error_message from app_public.dead_letters where order_id = $1`,
        [order],
      );
      expect(letter).toMatchObject({ effect_kind: kind, error_message: message });
      expect((await readOrder(db, order)).attention).toBe('pickup-refused');
      await asDba(db);
      await db.query('select app_public.retry_dead_letter($1)', [letter.id]);
      await confirm(db, mine, id, 'PU-2');
      expect(await onlyPickup(db, mine)).toMatchObject({
        status: 'requested',
        carrier_reference: 'PU-2',
      });
    }));

  test('is not asked once nothing waits, and is asked again when something does', () =>
    database.withRollback(async (db) => {
      const order = await labelled(db, mine);
      const { id } = await onlyPickup(db, mine);
      await cancel(db, order);
      const { effect, context } = await mustClaim(db, mine, id, kind);
      expect(context['parcels']).toBeNull();
      const next = await fail(db, effect, { outcome: 'transient', code: 'NOTHING_WAITS' });
      expect(next).toBe('abandoned');
      const later = await labelled(db, mine);
      expect(await pickupOf(db, later)).toBe(id);
      expect(await readEffect(db, id, kind)).toMatchObject({ status: 'intent', order_id: later });
      await confirm(db, mine, id, 'PU-3');
    }));
});

describe('a carrier that collects parcels', () => {
  test('is asked for each box, and the day’s visit has both', () =>
    database.withRollback(async (db) => {
      const orders = [await labelled(db, byParcel), await labelled(db, byParcel)];
      const { id } = await onlyPickup(db, mine);
      for (const order of orders) {
        const box = await shipmentOf(db, order);
        const { effect, context } = await mustClaim(db, mine, box.id, kind);
        expect(context).toMatchObject({ pickup: { id }, parcels: [{ awb: box.awb }] });
        await fail(db, effect, { outcome: 'transient' });
      }
      expect(await claim(db, mine, id, kind)).toBeNull();
    }));

  test('that refuses one box and takes the other comes', () =>
    database.withRollback(async (db) => {
      const orders = [await labelled(db, byParcel), await labelled(db, byParcel)];
      const [first, second] = [
        await shipmentOf(db, orders[0] ?? ''),
        await shipmentOf(db, orders[1] ?? ''),
      ];
      const { effect } = await mustClaim(db, mine, first.id, kind);
      await fail(db, effect, { outcome: 'refused' });
      expect((await onlyPickup(db, mine)).status).toBe('refused');
      await confirm(db, mine, second.id, null);
      expect((await onlyPickup(db, mine)).status).toBe('requested');
      expect(await rows(db, 'select * from app_private.verify() v where v.faults > 0')).toEqual([]);
    }));
});

describe('a visit that did not happen', () => {
  const move = (db: Db, merchant: Merchant) =>
    value<number>(db, 'select app_private.move_missed_pickups($1) as value', [merchant.id]);
  const missed = (db: Db) =>
    rows<{ merchant: number }>(
      db,
      'select m as merchant from app_private.merchants_with_missed_pickups() m',
    );
  const daysAgo = (db: Db, days: number) =>
    db.query('update app_public.carrier_pickups set pickup_on = current_date - $1::integer', [
      days,
    ]);

  test('is asked for again on the next day, for what still waits', () =>
    database.withRollback(async (db) => {
      const [waits, left, called] = [
        await labelled(db, mine),
        await labelled(db, mine),
        await labelled(db, mine),
      ];
      const { id } = await onlyPickup(db, mine);
      await confirm(db, mine, id, 'PU-1');
      await scan('in_transit', '2026-11-22T10:00:00+05:30')(db, mine, left);
      await cancel(db, called);
      expect(await missed(db)).toEqual([]);
      await daysAgo(db, 2);
      expect(await missed(db)).toEqual([{ merchant: mine.id }]);
      expect(await move(db, mine)).toBe(1);
      const [, next] = await pickups(db, mine);
      expect(next).toMatchObject({ status: 'planned' });
      expect(await pickupOf(db, waits)).toBe(next?.id);
      for (const order of [left, called]) expect(await pickupOf(db, order)).toBe(id);
      const event = await one(
        db,
        `select type, actor_role, inputs from app_public.order_events
         where order_id = $1 order by seq desc limit 1`,
        [waits],
      );
      expect(event).toEqual({
        type: 'carrier_pickup_missed',
        actor_role: 'system',
        inputs: { missed_pickup_id: id, carrier_pickup_id: next?.id },
      });
      expect(await readEffect(db, next?.id ?? '', kind)).toMatchObject({ status: 'intent' });
      expect(await missed(db)).toEqual([]);
      expect(await move(db, mine)).toBe(0);
    }));

  test('is asked for again box by box where parcels are collected', () =>
    database.withRollback(async (db) => {
      const { id: box } = await shipmentOf(db, await labelled(db, byParcel));
      await confirm(db, mine, box, 'SR-1');
      await daysAgo(db, 2);
      expect(await move(db, mine)).toBe(1);
      const [, next] = await pickups(db, mine);
      expect(await readEffect(db, box, kind)).toMatchObject({ status: 'intent', attempts: 0 });
      await confirm(db, mine, box, 'SR-2');
      expect(await pickups(db, mine)).toMatchObject([
        { carrier_reference: 'SR-1' },
        { id: next?.id, status: 'requested', carrier_reference: 'SR-2' },
      ]);
    }));

  test('is not asked for any more after a week, nor for another merchant', () =>
    database.withRollback(async (db) => {
      await labelled(db, mine);
      await daysAgo(db, 2);
      expect(await move(db, other)).toBe(0);
      await daysAgo(db, 9);
      expect(await missed(db)).toEqual([]);
      expect(await move(db, mine)).toBe(0);
    }));
});
