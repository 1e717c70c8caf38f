import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { asActor, asDba, asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, readOrder } from '../support/orders.ts';
import { outcomeOf, tryOut } from '../support/outcome.ts';
import { cleanContact, mustClaim, readEffect, recordValidation } from '../support/pipeline.ts';
import { one, rows } from '../support/query.ts';
import type { Db } from '../support/query.ts';
import { orderAt } from '../workflows/reach.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

const correct = (db: Db, order: string, address: unknown, reason: string | null = 'She moved.') =>
  db.query('select app_public.correct_ship_to($1, $2, $3)', [
    order,
    JSON.stringify(address),
    reason,
  ]);

interface Contact {
  version: number;
  phone: string | null;
  phone_e164: string | null;
  city: string | null;
  pincode: string | null;
}

/** Where the parcel really goes. */
const contactOf = (db: Db, order: string) =>
  one<Contact>(
    db,
    `select c.* from app_public.orders_current o
     join app_public.order_contacts c on c.order_id = o.id and c.version = o.ship_to_version
     where o.id = $1`,
    [order],
  );

test('a correction is a new version that an event names; the first stays as it came', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'shipping');
    await asMember(db, merchant, 'staff');
    await correct(db, order, { city: 'Thrissur', pincode: '680001' });
    expect(await contactOf(db, order)).toMatchObject({
      version: 2,
      city: 'Thrissur',
      pincode: '680001',
      name: 'Asha Menon 🌸',
    });
    const versions = await rows(
      db,
      'select version, city from app_public.order_contacts where order_id = $1 order by version',
      [order],
    );
    expect(versions).toEqual([
      { version: 1, city: 'Kochi' },
      { version: 2, city: 'Thrissur' },
    ]);
    const event = await one(
      db,
      `select e.type, e.reason, (e.inputs ->> 'ship_to_digest') = encode(c.digest, 'hex') as pinned
       from app_public.order_events e
       join app_public.order_contacts c on c.order_id = e.order_id and c.version = 2
       where e.order_id = $1 and e.seq = 2`,
      [order],
    );
    expect(event).toEqual({ type: 'ship_to_corrected', reason: 'She moved.', pinned: true });
  }));

test.each([
  ['automated', ['assigned', 'labelled', 'dispatched', 'delivered', 'cancelled', 'returned']],
  ['shipping', ['shipped', 'delivered', 'cancelled', 'returned']],
  ['pickup', ['completed', 'cancelled']],
] as const)('too late is too late in the workflow %s: WB001', (workflow, statuses) =>
  database.withRollback(async (db) => {
    for (const status of statuses) {
      const order = await orderAt(db, merchant, workflow, status);
      await asMember(db, merchant, 'owner');
      const outcome = await tryOut(db, () => correct(db, order, { city: 'Pala' }));
      expect(outcome).toMatchObject({ code: 'WB001', facts: { status } });
      await asActor(db, merchant, 'owner');
    }
  }),
);

test.each([
  ['address', null],
  ['address', {}],
  ['address', []],
  ['address', 'Pala'],
  ['address.planet', { planet: 'Earth' }],
  ['address.phone_e164', { phone_e164: '+911' }],
  ['address.city', { city: 7 }],
  ['address.city', { city: 'x'.repeat(501) }],
])('%s %j is no address: WB004', (field, address) =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'shipping');
    await asMember(db, merchant, 'staff');
    const outcome = await outcomeOf(correct(db, order, address));
    expect(outcome).toMatchObject({ code: 'WB004', facts: { field } });
  }),
);

test('a correction without a reason raises WB004', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'shipping');
    await asMember(db, merchant, 'staff');
    const outcome = await outcomeOf(correct(db, order, { city: 'Pala' }, ' '));
    expect(outcome).toMatchObject({ code: 'WB004', facts: { field: 'reason' } });
  }));

test('a received order that asked for a human is validated again, and its attention clears', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    const { effect } = await mustClaim(db, merchant, order, 'validate_order');
    const problems = [{ code: 'phone_missing', reason: 'There is no phone.' }];
    await recordValidation(db, merchant, order, effect.epoch, problems);
    expect(await readOrder(db, order)).toMatchObject({
      status: 'received',
      attention: 'SHIP_TO_PHONE_MISSING',
    });
    await asMember(db, merchant, 'staff');
    await correct(db, order, { phone: '9847054321' });
    await asDba(db);
    expect((await readOrder(db, order)).attention).toBeNull();
    expect(await readEffect(db, order, 'validate_order')).toMatchObject({
      status: 'intent',
      attempts: 0,
    });
    const again = await mustClaim(db, merchant, order, 'validate_order');
    await recordValidation(db, merchant, order, again.effect.epoch);
    expect((await readOrder(db, order)).status).toBe('validated');
  }));

test('a validation that began before the correction records nothing over it', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    const { effect } = await mustClaim(db, merchant, order, 'validate_order');
    await asMember(db, merchant, 'staff');
    await correct(db, order, { city: 'Thrissur', pincode: '680001' });
    await asDba(db);
    expect(await recordValidation(db, merchant, order, effect.epoch)).toBe(false);
    expect(await contactOf(db, order)).toMatchObject({ city: 'Thrissur', pincode: '680001' });
    expect((await readOrder(db, order)).status).toBe('received');
  }));

test.each([
  ['phone', '12'],
  ['phone', null],
  ['phone', '0484 234 5678'],
  ['pincode', 'none'],
  ['pincode', null],
  ['name', ' '],
  ['address1', ''],
  ['state', null],
  ['country', 'Nepal'],
])('the address of a validated order stays usable: %s %j is refused with WB004', (field, value) =>
  database.withRollback(async (db) => {
    const order = await orderAt(db, merchant, 'automated', 'validated');
    await asMember(db, merchant, 'staff');
    const outcome = await tryOut(db, () => correct(db, order, { [field]: value }));
    expect(outcome).toMatchObject({ code: 'WB004', facts: { field: `address.${field}` } });
  }),
);

test('a validated order takes a correction that is usable as it stands, and is assigned anew', () =>
  database.withRollback(async (db) => {
    const order = await orderAt(db, merchant, 'automated', 'validated');
    await mustClaim(db, merchant, order, 'assign_order');
    await asMember(db, merchant, 'staff');
    await correct(db, order, { phone: '98470 54321', city: 'Aluva', pincode: '683101' });
    await asDba(db);
    expect(await readOrder(db, order)).toMatchObject({ status: 'validated' });
    expect(await contactOf(db, order)).toMatchObject({
      phone: '98470 54321',
      phone_e164: '+919847054321',
      city: 'Aluva',
      pincode: '683101',
    });
    expect(await readEffect(db, order, 'assign_order')).toMatchObject({
      status: 'intent',
      attempts: 0,
      leased_by: null,
    });
    expect(await readEffect(db, order, 'validate_order')).toMatchObject({ status: 'confirmed' });
  }));

test.each([{ phone: '12' }, { pincode: 'none' }, { address1: '' }])(
  'a validated order never stays validated with the address %j',
  (address) =>
    database.withRollback(async (db) => {
      const order = await orderAt(db, merchant, 'automated', 'validated');
      await asMember(db, merchant, 'staff');
      await db.query('savepoint corrected');
      const corrected = await outcomeOf(correct(db, order, address));
      if (corrected.code !== 'ok') await db.query('rollback to savepoint corrected');
      const { status } = await readOrder(db, order);
      const { phone_e164, pincode, address1 } = cleanContact;
      const usable = { phone_e164, pincode, address1 };
      if (status === 'validated') expect(await contactOf(db, order)).toMatchObject(usable);
      else expect(status).toBe('received');
    }),
);
