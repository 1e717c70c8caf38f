import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { asActor } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { book, drive } from '../support/drive.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, writeMove } from '../support/orders.ts';
import { outcomeOf, tryOut } from '../support/outcome.ts';
import { pdf, shipmentOf } from '../support/pipeline.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

const usable = {
  name: 'Asha',
  phone: '+919847012345',
  phone_e164: '+919847012345',
  address1: '12 Palm Grove',
  pincode: '682001',
};

describe('validated needs an address that a courier finds and a phone that can be called', () => {
  test.each([
    ['no phone that can be called', { phone_e164: null }],
    ['no pincode', { pincode: null }],
    ['a pincode of five digits', { pincode: '68200' }],
    ['a pincode that begins with 0', { pincode: '082001' }],
    ['no name', { name: null }],
    ['a blank name', { name: '   ' }],
    ['no street', { address1: null }],
    ['a blank street', { address1: ' ' }],
  ])('%s: WB004', (_what, change) =>
    database.withRollback(async (db) => {
      const ship_to = { ...usable, ...change };
      const order = await placeOrder(db, merchant, 'automated', { ship_to });
      await asActor(db, merchant, 'manager');
      const outcome = await outcomeOf(writeMove(db, order, { to: 'validated' }));
      expect(outcome).toMatchObject({ code: 'WB004', facts: { field: 'shipTo', orderId: order } });
    }),
  );

  test('all of them: validated', () =>
    database.withRollback(async (db) => {
      const order = await placeOrder(db, merchant, 'automated', { ship_to: usable });
      await asActor(db, merchant, 'manager');
      expect((await outcomeOf(writeMove(db, order, { to: 'validated' }))).code).toBe('ok');
    }));
});

test('labelled needs an AWB and a label in every box: WB001', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    await drive(db, merchant, order, 'assigned');
    const { id: shipment } = await shipmentOf(db, order);
    const addLabel = (awb: string) =>
      db.query('insert into app_private.labels values ($1, $2, $3, $4)', [
        merchant.id,
        shipment,
        awb,
        pdf,
      ]);
    const label = async () => {
      await asActor(db, merchant, 'manager');
      await writeMove(db, order, { to: 'labelled', shipment });
    };
    await asActor(db, merchant, 'manager');
    const orderMove = await tryOut(db, () => writeMove(db, order, { to: 'labelled' }));
    expect(orderMove).toMatchObject({ code: 'WB001', facts: { shipments: 1, behind: 1 } });
    expect((await tryOut(db, label)).code).toBe('WB001');
    const labelOnly = await tryOut(db, async () => {
      await addLabel('1234567890');
      await label();
    });
    expect(labelOnly.code).toBe('WB001');
    await book(db, merchant, order);
    expect((await tryOut(db, label)).code).toBe('WB001');
    const labelOfAnother = await tryOut(db, async () => {
      await addLabel('1234567890');
      await label();
    });
    expect(labelOfAnother.code).toBe('WB001');
    await addLabel((await shipmentOf(db, order)).awb ?? '');
    await label();
    await writeMove(db, order, { to: 'labelled' });
  }));

test.each([
  ['assigned', 'labelled'],
  ['labelled', 'dispatched'],
  ['dispatched', 'delivered'],
  ['dispatched', 'returned'],
])('an order does not go from %s to %s before its box has: WB001', (from, to) =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    await drive(db, merchant, order, from);
    await asActor(db, merchant, 'owner');
    const outcome = await outcomeOf(writeMove(db, order, { to }));
    expect(outcome).toMatchObject({ code: 'WB001', facts: { shipments: 1, behind: 1 } });
  }),
);

test('a label is a PDF: nothing else is stored', () =>
  database.withRollback(async (db) => {
    const insert = 'insert into app_private.labels values ($1, app_hidden.uuid_v7(), $2, $3)';
    const page = Buffer.from('<html>Sign in</html>');
    expect((await outcomeOf(db.query(insert, [merchant.id, 'AWB', page]))).code).toBe('23514');
  }));
