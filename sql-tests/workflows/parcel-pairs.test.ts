import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { asActor } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { writeMove } from '../support/orders.ts';
import { tryOut } from '../support/outcome.ts';
import { shipmentOf } from '../support/pipeline.ts';
import { value } from '../support/query.ts';
import { actorRoles, parcel } from './expected-moves.ts';
import { parcelAt } from './reach.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

test('a parcel has exactly the statuses that are tried here', async () => {
  const known = await value<string[]>(
    database.pool,
    'select array_agg(status order by status) as value from app_public.shipment_statuses',
  );
  expect(known).toEqual(Object.keys(parcel).sort());
});

describe.each(Object.entries(parcel))('a parcel that is %s', (from, allowed) => {
  const statuses = Object.keys(parcel);

  test('may go to each allowed status by the allowed roles only', () =>
    database.withRollback(async (db) => {
      const { orderId, shipment } = await parcelAt(db, merchant, from);
      for (const { to, roles } of allowed) {
        for (const role of actorRoles) {
          const outcome = await tryOut(db, async () => {
            await asActor(db, merchant, role);
            await writeMove(db, orderId, { to, shipment });
            expect((await shipmentOf(db, orderId)).status).toBe(to);
          });
          const code = roles.includes(role) ? 'ok' : 'WB003';
          expect({ to, role, code: outcome.code }).toEqual({ to, role, code });
        }
      }
    }));

  test('goes nowhere else: WB001', () =>
    database.withRollback(async (db) => {
      const { orderId, shipment } = await parcelAt(db, merchant, from);
      for (const to of statuses.filter((status) => !allowed.some((m) => m.to === status))) {
        const outcome = await tryOut(db, () => writeMove(db, orderId, { to, shipment }));
        expect({ to, ...outcome }).toMatchObject({ to, code: 'WB001', facts: { status: from } });
      }
      expect((await shipmentOf(db, orderId)).status).toBe(from);
    }));
});

test('a parcel is not moved under the name of another order: WB007', () =>
  database.withRollback(async (db) => {
    const first = await parcelAt(db, merchant, 'labelled');
    const second = await parcelAt(db, merchant, 'labelled');
    const move = { to: 'in_transit', shipment: second.shipment };
    const outcome = await tryOut(db, () => writeMove(db, first.orderId, move));
    expect(outcome.code).toBe('WB007');
  }));

test('a parcel whose status is not the expected one raises WB002', () =>
  database.withRollback(async (db) => {
    const { orderId, shipment } = await parcelAt(db, merchant, 'in_transit');
    const move = { from: 'labelled', to: 'delivered', shipment };
    const outcome = await tryOut(db, () => writeMove(db, orderId, move));
    expect(outcome).toMatchObject({ code: 'WB002', facts: { status: 'in_transit' } });
  }));
