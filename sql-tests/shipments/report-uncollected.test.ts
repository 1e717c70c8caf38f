import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { asDba } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { book, drive, giveLabelUp, scan } from '../support/drive.ts';
import { addTwoMerchants } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, readOrder } from '../support/orders.ts';
import { tally } from '../support/outcome.ts';
import { inParallel } from '../support/parallel.ts';
import { recordScans, shipmentOf, shipmentsOf } from '../support/pipeline.ts';
import { one, rows, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';
import { addBox, age, callOff, cancel, labelled } from './hand-over.ts';

let database: TestDatabase;
let mine: Merchant;
let other: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ mine, other } = await addTwoMerchants(database.pool));
});
afterAll(() => database.drop());

const report = (db: Db) => value<number>(db, 'select app_private.report_uncollected() as value');

const alarms = (db: Db, order: string) =>
  rows<{ code: string; shipment: string }>(
    db,
    `select inputs ->> 'code' as code, inputs ->> 'shipment_id' as shipment
     from app_public.order_events where order_id = $1 and type = 'attention_raised' order by seq`,
    [order],
  );

test('a box that nobody collected for a week alarms once, with its box and who found it', () =>
  database.withRollback(async (db) => {
    const order = await labelled(db, mine);
    await age(db, order, 6);
    expect(await report(db)).toBe(0);
    await age(db, order, 8);
    expect(await report(db)).toBe(1);
    const { id } = await shipmentOf(db, order);
    expect(await alarms(db, order)).toEqual([{ code: 'NOT_COLLECTED', shipment: id }]);
    expect(await readOrder(db, order)).toMatchObject({
      status: 'labelled',
      attention: 'NOT_COLLECTED',
    });
    const { actor_role } = await one<{ actor_role: string }>(
      db,
      `select actor_role from app_public.order_events where order_id = $1 order by seq desc limit 1`,
      [order],
    );
    expect(actor_role).toBe('system');
    await asDba(db);
    await db.query(`select app_public.clear_attention($1, 'They come tomorrow.')`, [order]);
    expect(await report(db)).toBe(0);
    expect((await readOrder(db, order)).attention).toBeNull();
  }));

test('one that is collected after all alarms no longer', () =>
  database.withRollback(async (db) => {
    const order = await labelled(db, mine);
    await age(db, order, 8);
    await report(db);
    await scan('in_transit', new Date().toISOString())(db, mine, order);
    expect(await readOrder(db, order)).toMatchObject({ status: 'dispatched', attention: null });
  }));

test('one that is called off after all alarms no longer', () =>
  database.withRollback(async (db) => {
    const order = await labelled(db, mine);
    await age(db, order, 8);
    await report(db);
    await cancel(db, order);
    await callOff(db, mine, order);
    expect(await readOrder(db, order)).toMatchObject({ status: 'cancelled', attention: null });
  }));

test('a box that was booked and whose label was given up counts, too', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, mine, 'automated');
    await drive(db, mine, order, 'assigned');
    await book(db, mine, order);
    await giveLabelUp(db, mine, order);
    await age(db, order, 8);
    expect(await report(db)).toBe(1);
    expect((await readOrder(db, order)).attention).toBe('NOT_COLLECTED');
  }));

test('nobody is told of a box that is on its way, that is called off, or that the carrier has cancelled', () =>
  database.withRollback(async (db) => {
    const [left, cancelled, dropped] = [
      await labelled(db, mine),
      await labelled(db, mine),
      await labelled(db, mine),
    ];
    await scan('in_transit', new Date().toISOString())(db, mine, left);
    await cancel(db, cancelled);
    await scan('cancelled', new Date().toISOString())(db, mine, dropped);
    for (const order of [left, cancelled, dropped]) await age(db, order, 8);
    expect(await report(db)).toBe(0);
    expect(await alarms(db, dropped)).toMatchObject([{ code: 'CANCELLED_AT_CARRIER' }]);
  }));

test('nor of one whose visit is only today', () =>
  database.withRollback(async (db) => {
    const order = await labelled(db, mine);
    await age(db, order, 8);
    await db.query(
      `update app_public.carrier_pickups set pickup_on = (now() at time zone 'Asia/Kolkata')::date`,
    );
    expect(await report(db)).toBe(0);
  }));

test('two boxes of one order are told of one after the other', () =>
  database.withRollback(async (db) => {
    const order = await labelled(db, mine);
    await asDba(db);
    await addBox(db, mine, order, (await shipmentOf(db, order)).id);
    await age(db, order, 8);
    expect([await report(db), await report(db), await report(db)]).toEqual([1, 1, 0]);
    const boxes = (await shipmentsOf(db, order)).map(({ id }) => id);
    expect((await alarms(db, order)).map(({ shipment }) => shipment)).toEqual(boxes);
    const occurredAt = new Date().toISOString();
    await recordScans(db, mine, [{ awb: '7777777', status: 'in_transit', occurredAt }]);
    expect((await readOrder(db, order)).attention).toBeNull();
  }));

test('one call is about one merchant', () =>
  database.withRollback(async (db) => {
    for (const merchant of [mine, other]) await age(db, await labelled(db, merchant), 8);
    expect([await report(db), await report(db), await report(db)]).toEqual([1, 1, 0]);
    const { merchants } = await one<{ merchants: number }>(
      db,
      `select count(distinct merchant_id)::integer as merchants from app_public.order_events
       where inputs ->> 'code' = 'NOT_COLLECTED'`,
    );
    expect(merchants).toBe(2);
  }));

test('many that look at once tell of each box once', async () => {
  const orders: string[] = [];
  const client = await database.connect();
  await client.query('begin');
  for (let number = 0; number < 4; number += 1) {
    orders.push(await labelled(client, mine));
  }
  for (const order of orders) await age(client, order, 8);
  await client.query('commit');
  const codes = await inParallel(database, 4, 8, async (worker) => {
    await worker.query('set local role waybill_worker');
    await report(worker);
  });
  expect(tally(codes)).toEqual({ ok: 8 });
  for (const order of orders) expect(await alarms(database.pool, order)).toHaveLength(1);
});
