import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { asActor, asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, readOrder, writeMove } from '../support/orders.ts';
import { outcomeOf, tryOut } from '../support/outcome.ts';
import type { Db } from '../support/query.ts';
import { orderAt } from './reach.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

const transition = (db: Db, order: string, to: string, reason: string | null = null) =>
  db.query('select app_public.transition_order($1, $2, null, $3)', [order, to, reason]);
const ship = (db: Db, order: string, code: string | null, url: string | null = null) =>
  db.query('select app_public.ship_order($1, $2, $3)', [order, code, url]);

test('an order that is ready does not go back to in_progress', () =>
  database.withRollback(async (db) => {
    const order = await orderAt(db, merchant, 'pickup', 'ready');
    await asMember(db, merchant, 'staff');
    const outcome = await outcomeOf(transition(db, order, 'in_progress'));
    expect(outcome).toMatchObject({
      code: 'WB001',
      facts: { status: 'ready', toStatus: 'in_progress', seq: 4 },
    });
  }));

test('completed is the end, for an owner and for an override too', () =>
  database.withRollback(async (db) => {
    const order = await orderAt(db, merchant, 'pickup', 'completed');
    await asMember(db, merchant, 'owner');
    for (const to of ['pending', 'accepted', 'in_progress', 'ready', 'completed', 'cancelled']) {
      expect((await tryOut(db, () => transition(db, order, to, 'why not'))).code).toBe('WB001');
      const override = 'select app_public.override_order_status($1, $2, $3)';
      const outcome = await tryOut(db, () => db.query(override, [order, to, 'why not']));
      expect({ to, code: outcome.code }).toEqual({ to, code: 'WB001' });
    }
  }));

test('packing is impossible for a pickup order, even in a workflow that has it', () =>
  database.withRollback(async (db) => {
    await db.query(
      `insert into app_public.workflow_statuses (workflow, status, position, guard)
       values ('pickup', 'packing', 20, 'fulfilment_type_shipping')`,
    );
    await db.query(
      `insert into app_public.workflow_transitions (workflow, from_status, to_status, roles)
       values ('pickup', 'accepted', 'packing', '{staff}')`,
    );
    const order = await orderAt(db, merchant, 'pickup', 'accepted');
    await asMember(db, merchant, 'staff');
    expect((await outcomeOf(transition(db, order, 'packing'))).code).toBe('WB001');
  }));

describe('a tracking code', () => {
  const malformed = [
    null,
    '',
    '   ',
    'A1',
    '12345',
    '-1234567',
    'AB 123456',
    'AB_123456',
    'ünïcode-1234',
    'x'.repeat(41),
    "1'; drop table orders_current; --",
    '123456\n',
    '<b>123456</b>',
  ];

  test.each(malformed)('%j is refused and the field named: WB004', (code) =>
    database.withRollback(async (db) => {
      const order = await orderAt(db, merchant, 'shipping', 'packing');
      await asMember(db, merchant, 'staff');
      const outcome = await outcomeOf(ship(db, order, code));
      expect(outcome).toMatchObject({ code: 'WB004', facts: { field: 'trackingCode' } });
    }),
  );

  test.each(['123456', 'DTDC-1234567', 'a1b2c3', '9'.repeat(40), '  EX123456IN '])(
    '%j is taken',
    (code) =>
      database.withRollback(async (db) => {
        const order = await orderAt(db, merchant, 'shipping', 'packing');
        await asMember(db, merchant, 'staff');
        await ship(db, order, code);
        await asActor(db, merchant, 'staff');
        expect((await readOrder(db, order)).tracking_code).toBe(code.trim());
      }),
  );

  test.each(['javascript:alert(1)', 'www.example.in', 'https://a b', ''])(
    'its address %j is refused: WB004',
    (url) =>
      database.withRollback(async (db) => {
        const order = await orderAt(db, merchant, 'shipping', 'packing');
        await asMember(db, merchant, 'staff');
        const outcome = await outcomeOf(ship(db, order, '12345678', url));
        expect(outcome).toMatchObject({ code: 'WB004', facts: { field: 'trackingUrl' } });
      }),
  );
});

test('only a shipping order is shipped, and only from accepted or packing', () =>
  database.withRollback(async (db) => {
    const refused = [
      ['pickup', 'accepted'],
      ['automated', 'labelled'],
      ['shipping', 'pending'],
      ['shipping', 'shipped'],
      ['shipping', 'delivered'],
      ['shipping', 'cancelled'],
    ] as const;
    for (const [workflow, status] of refused) {
      const order = await orderAt(db, merchant, workflow, status);
      await asMember(db, merchant, 'owner');
      const { code } = await tryOut(db, () => ship(db, order, '12345678'));
      expect({ workflow, status, code }).toEqual({ workflow, status, code: 'WB001' });
      await asActor(db, merchant, 'owner');
    }
  }));

test.each(['\t', '\n', ' \r\n\t '])(
  'a reason of nothing but white space (%j) is none: WB004',
  (reason) =>
    database.withRollback(async (db) => {
      const order = await placeOrder(db, merchant, 'shipping');
      await asMember(db, merchant, 'staff');
      const cancel = db.query('select app_public.cancel_order($1, $2)', [order, reason]);
      const outcome = await outcomeOf(cancel);
      expect(outcome).toMatchObject({ code: 'WB004', facts: { field: 'reason' } });
    }),
);

test('a move to no status at all raises WB004, one to an unknown status WB001', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'shipping');
    await asActor(db, merchant, 'owner');
    const none = await tryOut(db, () =>
      db.query('select app_public.transition_order($1, null)', [order]),
    );
    expect(none).toMatchObject({ code: 'WB004', facts: { field: 'toStatus' } });
    const unknown = await tryOut(db, () => writeMove(db, order, { to: 'teleported' }));
    expect(unknown.code).toBe('WB001');
  }));
