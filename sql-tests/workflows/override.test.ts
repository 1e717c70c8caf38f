import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { asActor, asMember } from '../support/acting.ts';
import type { MemberRole } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant, OrderWorkflow } from '../support/merchants.ts';
import { placeOrder, readOrder, statusOf, writeMove } from '../support/orders.ts';
import { outcomeOf, tryOut } from '../support/outcome.ts';
import { one } from '../support/query.ts';
import type { Db } from '../support/query.ts';
import { automated, pickup, shipping } from './expected-moves.ts';
import type { ExpectedMoves } from './expected-moves.ts';
import { orderAt } from './reach.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

const override = (db: Db, order: string, to: string, reason: string | null) =>
  db.query('select app_public.override_order_status($1, $2, $3)', [order, to, reason]);

const workflows: [OrderWorkflow, ExpectedMoves][] = [
  ['automated', automated],
  ['shipping', shipping],
  ['pickup', pickup],
];

describe.each(workflows)('an owner overrides in the workflow %s', (workflow, moves) => {
  const statuses = Object.keys(moves);

  test.each(statuses)('from %s to any but the initial status, never out of the end', (from) =>
    database.withRollback(async (db) => {
      const order = await orderAt(db, merchant, workflow, from);
      await asMember(db, merchant, 'owner');
      for (const to of statuses) {
        const { code } = await tryOut(db, async () => {
          await override(db, order, to, 'The parcel was found.');
          expect(await statusOf(db, order)).toBe(to);
        });
        const allowed = moves[from]?.length !== 0 && to !== statuses[0] && to !== from;
        expect({ to, code }).toEqual({ to, code: allowed ? 'ok' : 'WB001' });
      }
    }),
  );
});

test.each<MemberRole>(['manager', 'staff'])('a %s may not override: WB003', (role) =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'pickup');
    await asMember(db, merchant, role);
    expect((await outcomeOf(override(db, order, 'ready', 'In a hurry'))).code).toBe('WB003');
  }),
);

test.each(['system', 'carrier'] as const)('the role %s may not override: WB003', (role) =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'pickup');
    await asActor(db, merchant, role);
    const move = { to: 'ready', reason: 'In a hurry', override: true };
    expect((await outcomeOf(writeMove(db, order, move))).code).toBe('WB003');
  }),
);

test.each([null, '', '   '])('an override for the reason %j raises WB004', (reason) =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'pickup');
    await asMember(db, merchant, 'owner');
    const outcome = await outcomeOf(override(db, order, 'ready', reason));
    expect(outcome).toMatchObject({ code: 'WB004', facts: { field: 'reason' } });
  }),
);

test('an override does not lead into a status of another workflow: WB001', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'pickup');
    await asMember(db, merchant, 'owner');
    expect((await outcomeOf(override(db, order, 'shipped', 'Posted it'))).code).toBe('WB001');
  }));

test('an override is recorded as one, with who, why, from and to', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'pickup');
    await asMember(db, merchant, 'owner');
    await override(db, order, 'ready', 'Was prepared before the system was up.');
    const event = await one(
      db,
      `select type, override, from_status, to_status, reason, actor_id, actor_role
       from app_public.order_events where order_id = $1 and seq = 2`,
      [order],
    );
    expect(event).toEqual({
      type: 'status_overridden',
      override: true,
      from_status: 'pending',
      to_status: 'ready',
      reason: 'Was prepared before the system was up.',
      actor_id: String(merchant.owner),
      actor_role: 'owner',
    });
    const audit = await one(
      db,
      `select action, meta from app_public.audit_log where entity_id = $1 and order_seq = 2`,
      [order],
    );
    const meta = { old_status: 'pending', new_status: 'ready' };
    expect(audit).toEqual({ action: 'status_overridden', meta });
  }));

test('an override to before it was shipped takes the shipping status back', () =>
  database.withRollback(async (db) => {
    const order = await orderAt(db, merchant, 'shipping', 'shipped');
    expect((await readOrder(db, order)).shipping_status).toBe('shipped');
    await asMember(db, merchant, 'owner');
    await override(db, order, 'accepted', 'It never left the shop.');
    expect((await readOrder(db, order)).shipping_status).toBeNull();
    await override(db, order, 'shipped', 'Now it has.');
    expect((await readOrder(db, order)).shipping_status).toBe('shipped');
  }));

test('an override that calls off what has been shipped leaves the shipping status', () =>
  database.withRollback(async (db) => {
    const order = await orderAt(db, merchant, 'shipping', 'shipped');
    await asMember(db, merchant, 'owner');
    await override(db, order, 'cancelled', 'Refunded; the parcel is lost.');
    expect((await readOrder(db, order)).shipping_status).toBe('shipped');
  }));

test('an override back to accepted leaves the first accepted_at as it is', () =>
  database.withRollback(async (db) => {
    const order = await orderAt(db, merchant, 'pickup', 'ready');
    const before = await readOrder(db, order);
    await asMember(db, merchant, 'owner');
    await override(db, order, 'accepted', 'The wrong saree was laid out.');
    const after = await readOrder(db, order);
    expect(after.accepted_at).not.toBeNull();
    expect(after.accepted_at).toEqual(before.accepted_at);
  }));
