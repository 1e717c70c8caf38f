import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { asDba, asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { drive, scan } from '../support/drive.ts';
import { addTwoMerchants } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder } from '../support/orders.ts';
import { tryOut } from '../support/outcome.ts';
import { shipmentOf } from '../support/pipeline.ts';
import { count, one, rows, value } from '../support/query.ts';
import {
  addBox,
  callOff,
  cancel,
  create,
  createSql,
  labelled,
  linesOf,
  printed,
  takeOff,
  waiting,
} from './hand-over.ts';

let database: TestDatabase;
let mine: Merchant;
let other: Merchant;
let secondLocation: number;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ mine, other } = await addTwoMerchants(database.pool));
  secondLocation = await value<number>(
    database.pool,
    `insert into app_public.locations (merchant_id, name, address, city, state, pincode, phone)
     select merchant_id, 'KOCHI-2', address, city, state, pincode, phone
     from app_public.locations where id = $1 returning id as value`,
    [mine.location],
  );
});
afterAll(() => database.drop());

describe('a manifest', () => {
  test('takes every labelled box of its account and location, in the order of their numbers', () =>
    database.withRollback(async (db) => {
      const orders = [];
      for (let at = 0; at < 3; at += 1) orders.push(await labelled(db, mine));
      await drive(db, mine, await placeOrder(db, mine, 'automated'), 'assigned');
      await labelled(db, other);
      await asMember(db, mine, 'staff');
      const manifest = await create(db, mine);
      expect(manifest).toMatchObject({ number: '1', box_count: 3, made_by: mine.staff });
      expect(await linesOf(db, manifest)).toEqual(
        orders.map((order_id, at) => ({ line: at + 1, order_id })),
      );
      const { manifest_id } = await one<{ manifest_id: string }>(
        db,
        'select manifest_id from app_public.shipments_current where order_id = $1',
        [orders[0]],
      );
      expect(manifest_id).toBe(manifest.id);
      expect(await waiting(db, mine)).toEqual([]);
    }));

  test('tells the log of each box, with who made it', () =>
    database.withRollback(async (db) => {
      const order = await labelled(db, mine);
      await asMember(db, mine, 'staff');
      const manifest = await create(db, mine);
      const event = await one(
        db,
        `select type, actor_id, actor_role, inputs from app_public.order_events
         where order_id = $1 order by seq desc limit 1`,
        [order],
      );
      expect(event).toEqual({
        type: 'shipment_manifested',
        actor_id: String(mine.staff),
        actor_role: 'staff',
        inputs: { manifest_id: manifest.id, manifest_number: 1, line: 1 },
      });
    }));

  test('is numbered per merchant; the next takes what was labelled since', () =>
    database.withRollback(async (db) => {
      const numbers = [];
      for (const merchant of [mine, mine, other]) {
        await labelled(db, merchant);
        await asMember(db, merchant, 'manager');
        numbers.push((await create(db, merchant)).number);
        await asDba(db);
      }
      expect(numbers).toEqual(['1', '2', '1']);
    }));

  test('has both boxes of an order that has two', () =>
    database.withRollback(async (db) => {
      const order = await labelled(db, mine);
      const { id } = await shipmentOf(db, order);
      await asDba(db);
      await addBox(db, mine, order, id);
      await asMember(db, mine, 'staff');
      const manifest = await create(db, mine);
      expect(await linesOf(db, manifest)).toEqual([
        { line: 1, order_id: order },
        { line: 2, order_id: order },
      ]);
    }));

  test('of nothing is refused, and the answer names the one that took the last: WB007', () =>
    database.withRollback(async (db) => {
      await asMember(db, mine, 'staff');
      const none = await tryOut(db, () => create(db, mine));
      expect(none).toMatchObject({ code: 'WB007', facts: { number: null } });
      await asDba(db);
      await labelled(db, mine);
      await asMember(db, mine, 'staff');
      const { id, number } = await create(db, mine);
      const again = await tryOut(db, () => create(db, mine));
      expect(again).toMatchObject({
        code: 'WB007',
        facts: { manifestId: id, number: Number(number) },
        message: 'No labelled box waits there for this carrier: manifest 1 took the last.',
      });
    }));

  test('asked for twice under one key is made once; under the key of another request: WB005', () =>
    database.withRollback(async (db) => {
      await labelled(db, mine);
      await asMember(db, mine, 'staff');
      const first = await create(db, mine, 'the key');
      expect(await create(db, mine, 'the key')).toEqual(first);
      const elsewhere = [mine.carrierAccount, secondLocation, 'the key'];
      expect((await tryOut(db, () => db.query(createSql, elsewhere))).code).toBe('WB005');
      expect(await count(db, 'app_public.manifests')).toBe(1);
    }));

  test('made by a DBA is of the account’s merchant, by nobody', () =>
    database.withRollback(async (db) => {
      await labelled(db, mine);
      expect(await create(db, mine)).toMatchObject({ box_count: 1, made_by: null });
    }));

  test('is never changed or removed: WB006', () =>
    database.withRollback(async (db) => {
      await labelled(db, mine);
      await create(db, mine);
      for (const sql of [
        'update app_public.manifests set number = 7',
        'delete from app_public.manifest_boxes',
        'delete from app_public.manifests',
        'truncate app_public.manifest_boxes',
      ]) {
        expect({ sql, ...(await tryOut(db, () => db.query(sql))) }).toMatchObject({
          sql,
          code: 'WB006',
        });
      }
    }));
});

describe('what does not go with it', () => {
  test('a box that was called off, and one of a cancelled order whose carrier does not know yet', () =>
    database.withRollback(async (db) => {
      const kept = await labelled(db, mine);
      const [called, calling] = [await labelled(db, mine), await labelled(db, mine)];
      for (const order of [called, calling]) await cancel(db, order);
      await callOff(db, mine, called);
      expect((await shipmentOf(db, calling)).status).toBe('labelled');
      expect(await waiting(db, mine)).toMatchObject([{ box_count: 1 }]);
      await asMember(db, mine, 'staff');
      const manifest = await create(db, mine);
      expect(await linesOf(db, manifest)).toEqual([{ line: 1, order_id: kept }]);
    }));

  test('a box that is called off later stays on its list and is struck through', () =>
    database.withRollback(async (db) => {
      const [kept, called, calling] = [
        await labelled(db, mine),
        await labelled(db, mine),
        await labelled(db, mine),
      ];
      await asMember(db, mine, 'staff');
      const manifest = await create(db, mine);
      await asDba(db);
      for (const order of [called, calling]) await cancel(db, order);
      await callOff(db, mine, called);
      const { parcels, ...head } = await printed(db, manifest);
      expect(head).toMatchObject({ number: 1, carrier: 'Delhivery', madeBy: 'staff' });
      expect(parcels.map(({ struck }) => struck)).toEqual([null, 'cancelled', 'cancelled']);
      expect(parcels[0]).toMatchObject({
        awb: (await shipmentOf(db, kept)).awb,
        pincode: '682001',
      });
    }));

  test('a box that was left behind waits for the next list; the first shows it struck through', () =>
    database.withRollback(async (db) => {
      const order = await labelled(db, mine);
      const { id } = await shipmentOf(db, order);
      await asMember(db, mine, 'staff');
      const first = await create(db, mine);
      await takeOff(db, id);
      await asDba(db);
      expect(await waiting(db, mine)).toMatchObject([{ box_count: 1 }]);
      expect((await printed(db, first)).parcels).toMatchObject([{ struck: 'left behind' }]);
      await asMember(db, mine, 'staff');
      const second = await create(db, mine);
      await asDba(db);
      expect((await printed(db, second)).parcels).toMatchObject([{ struck: null }]);
      expect((await printed(db, first)).parcels).toMatchObject([{ struck: 'left behind' }]);
      const told = await rows(
        db,
        `select type, reason, inputs ->> 'manifest_number' as number from app_public.order_events
         where order_id = $1 and type like 'shipment%manifest%' order by seq`,
        [order],
      );
      expect(told).toEqual([
        { type: 'shipment_manifested', reason: '', number: '1' },
        { type: 'shipment_taken_off_manifest', reason: 'the van was full', number: '1' },
        { type: 'shipment_manifested', reason: '', number: '2' },
      ]);
    }));

  test('nothing can be left behind without a reason, on no list, or that has left', () =>
    database.withRollback(async (db) => {
      const order = await labelled(db, mine);
      const { id } = await shipmentOf(db, order);
      await asMember(db, mine, 'staff');
      expect(await tryOut(db, () => takeOff(db, id))).toMatchObject({
        code: 'WB007',
        facts: { field: 'shipmentId' },
      });
      await create(db, mine);
      expect(await tryOut(db, () => takeOff(db, id, ' '))).toMatchObject({
        code: 'WB004',
        facts: { field: 'reason' },
      });
      await asDba(db);
      await scan('in_transit', '2026-11-22T10:00:00+05:30')(db, mine, order);
      await asMember(db, mine, 'staff');
      expect(await tryOut(db, () => takeOff(db, id))).toMatchObject({
        code: 'WB001',
        facts: { status: 'in_transit' },
      });
    }));

  test('taken off twice under one key, a box is taken off once', () =>
    database.withRollback(async (db) => {
      const { id } = await shipmentOf(db, await labelled(db, mine));
      await asMember(db, mine, 'staff');
      await create(db, mine);
      await takeOff(db, id, 'lost', 'a key');
      await takeOff(db, id, 'lost', 'a key');
      expect((await tryOut(db, () => takeOff(db, id, 'other', 'a key'))).code).toBe('WB005');
      expect(
        await count(db, `app_public.order_events where type = 'shipment_taken_off_manifest'`),
      ).toBe(1);
    }));

  test('an event alone puts no box on a list that has no such line, nor on a second: WB004, WB002', () =>
    database.withRollback(async (db) => {
      const order = await labelled(db, mine);
      const { id } = await shipmentOf(db, order);
      const write = (manifest: unknown) =>
        db.query(
          `insert into app_public.order_events (order_id, shipment_id, type, inputs)
           values ($1, $2, 'shipment_manifested', jsonb_build_object('manifest_id', $3::text))`,
          [order, id, manifest],
        );
      for (const nonsense of [null, 'nonsense', id]) {
        expect((await tryOut(db, () => write(nonsense))).code).toBe('WB004');
      }
      const manifest = await create(db, mine);
      expect((await tryOut(db, () => write(manifest.id))).code).toBe('WB002');
    }));
});

test('nothing of another merchant’s is handed over, taken off or seen: WB007', () =>
  database.withRollback(async (db) => {
    const theirs = await labelled(db, other);
    const { id } = await shipmentOf(db, theirs);
    await asMember(db, mine, 'owner');
    const foreign: [number, number, string][] = [
      [other.carrierAccount, other.location, 'carrierAccountId'],
      [mine.carrierAccount, other.location, 'locationId'],
      [4711, mine.location, 'carrierAccountId'],
    ];
    for (const [account, location, field] of foreign) {
      const asked = await tryOut(db, () => db.query(createSql, [account, location, null]));
      expect(asked).toMatchObject({ code: 'WB007', facts: { field } });
    }
    expect((await tryOut(db, () => takeOff(db, id))).code).toBe('WB007');
    await asMember(db, other, 'owner');
    const manifest = await create(db, other);
    await asMember(db, mine, 'owner');
    for (const table of ['manifests', 'manifest_boxes', 'hand_overs']) {
      expect(await count(db, `app_public.${table} where merchant_id = $1`, [other.id])).toBe(0);
    }
    expect((await tryOut(db, () => printed(db, manifest))).code).toBe('42501');
  }));

test('500 orders at most go on one list; the rest wait for the next', () =>
  database.withRollback(async (db) => {
    const order = await labelled(db, mine);
    const { id } = await shipmentOf(db, order);
    const limited = await value<string>(
      db,
      `select pg_get_functiondef('app_hidden.lock_waiting_orders'::regproc) as value`,
    );
    expect(limited).toContain('limit 500');
    await db.query(limited.replace('limit 500', 'limit 1'));
    await labelled(db, mine);
    const boxes = [];
    for (let at = 0; at < 2; at += 1) boxes.push((await create(db, mine)).box_count);
    expect(boxes).toEqual([1, 1]);
    const first = await value(
      db,
      'select number as value from app_public.manifests m where id = (select manifest_id from app_public.shipments_current where id = $1)',
      [id],
    );
    expect(first).toBe('1');
  }));
