import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { book, drive, label } from '../support/drive.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { item, placeOrder, statusOf } from '../support/orders.ts';
import { tryOut } from '../support/outcome.ts';
import { mustClaim, readEffect, shipmentOf } from '../support/pipeline.ts';
import { count, one, rows, value } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

test('an order is planned into a box with its weight, value and lines', () =>
  database.withRollback(async (db) => {
    const items = [item({ weight_grams: 300, quantity: 2 }), item({ weight_grams: null })];
    const order = await placeOrder(db, merchant, 'automated', {
      items,
      payment_mode: 'cod',
      cod_amount_minor: 305_000,
    });
    await drive(db, merchant, order, 'assigned');
    const { id } = await shipmentOf(db, order);
    const box = await one(db, 'select * from app_public.shipments_current where id = $1', [id]);
    expect(box).toMatchObject({
      box: 1,
      status: 'planned',
      carrier: 'delhivery',
      service: 'surface',
      awb: null,
      weight_grams: 1100,
      declared_minor: '305000',
      cod_amount_minor: '305000',
    });
    const lines = await rows(
      db,
      'select line, quantity from app_public.shipment_items where shipment_id = $1 order by line',
      [id],
    );
    expect(lines).toEqual([
      { line: 1, quantity: 2 },
      { line: 2, quantity: 1 },
    ]);
  }));

test('an order with nothing to ship in it is not taken by a workflow that ships: WB004', () =>
  database.withRollback(async (db) => {
    const items = [item({ requires_shipping: false })];
    for (const workflow of ['automated', 'shipping', 'pickup'] as const) {
      const { code } = await tryOut(db, () => placeOrder(db, merchant, workflow, { items }));
      const expected = workflow === 'pickup' ? 'ok' : 'WB004';
      expect({ workflow, code }).toEqual({ workflow, code: expected });
    }
  }));

test('each reached status plans its work, as intents of the same transaction', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    const planned: [string, string[]][] = [
      ['received', ['validate_order']],
      ['validated', ['assign_order']],
      ['assigned', ['book_shipment']],
      ['labelled', ['fetch_label', 'message_packed', 'request_carrier_pickup']],
      ['dispatched', ['message_shipped']],
      ['delivered', ['message_delivered']],
    ];
    const kinds: string[] = [];
    let from = 'received';
    for (const [status, added] of planned) {
      await drive(db, merchant, order, status, from);
      kinds.push(...added);
      const effects = await rows<{ kind: string }>(
        db,
        'select kind from app_public.effects where order_id = $1 order by kind',
        [order],
      );
      expect(effects.map(({ kind }) => kind)).toEqual([...kinds].sort());
      from = status;
    }
  }));

test('the label moves box and order on, and can be read by its link', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    await drive(db, merchant, order, 'assigned');
    await book(db, merchant, order);
    expect(await statusOf(db, order)).toBe('assigned');
    await label(db, merchant, order);
    expect(await statusOf(db, order)).toBe('labelled');
    const { id, awb, status } = await shipmentOf(db, order);
    expect(status).toBe('labelled');
    const found = await one(db, 'select * from app_private.label_of($1)', [id]);
    expect(found).toMatchObject({ merchant_id: merchant.id, awb });
  }));

test('one carrier pickup a day and location, however many boxes wait', () =>
  database.withRollback(async (db) => {
    for (let n = 0; n < 3; n += 1) {
      await drive(db, merchant, await placeOrder(db, merchant, 'automated'), 'labelled');
    }
    expect(await count(db, 'app_public.carrier_pickups')).toBe(1);
    const pickup = await value<string>(db, 'select id as value from app_public.carrier_pickups');
    const { effect, context } = await mustClaim(db, merchant, pickup, 'request_carrier_pickup');
    expect(context).toMatchObject({
      location: { registered_name: 'WAYBILL KOCHI-1' },
      account: { service: 'delhivery' },
    });
    expect(context['parcels']).toHaveLength(3);
    const record = 'select app_private.record_carrier_pickup($1, $2, $3, $4) as value';
    const recorded = (epoch: number) =>
      value<boolean>(db, record, [merchant.id, pickup, epoch, 'PU-1']);
    expect(await recorded(effect.epoch + 1)).toBe(false);
    expect(await recorded(effect.epoch)).toBe(true);
    expect(await recorded(effect.epoch)).toBe(false);
    expect(await readEffect(db, pickup, 'request_carrier_pickup')).toMatchObject({
      status: 'confirmed',
    });
  }));

test('a box labelled after the cut-off goes with the next day of the merchant', () =>
  database.withRollback(async (db) => {
    const days = [];
    for (const cutoff of ['23:59:59.999', '00:00']) {
      await db.query(
        `update app_public.locations
         set pickup_cutoff_at = $1, pickup_weekdays = '{1,2,3,4,5,6,7}'`,
        [cutoff],
      );
      await drive(db, merchant, await placeOrder(db, merchant, 'automated'), 'labelled');
      days.push(
        await value<number>(
          db,
          `select max(pickup_on) - (now() at time zone 'Asia/Kolkata')::date as value
           from app_public.carrier_pickups`,
        ),
      );
    }
    expect(days).toEqual([0, 1]);
  }));
