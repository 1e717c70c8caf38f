import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { asActor, asDba } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant, OrderWorkflow } from '../support/merchants.ts';
import { statusOf, writeMove } from '../support/orders.ts';
import { tryOut } from '../support/outcome.ts';
import { rows, value } from '../support/query.ts';
import { actorRoles, automated, pickup, shipping } from './expected-moves.ts';
import type { ExpectedMoves } from './expected-moves.ts';
import { moveTo, orderAt } from './reach.ts';

let database: TestDatabase;
let merchant: Merchant;
let everyStatus: string[];

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
  everyStatus = await value<string[]>(
    database.pool,
    'select array_agg(status) as value from app_public.order_statuses',
  );
});
afterAll(() => database.drop());

const workflows: [OrderWorkflow, ExpectedMoves][] = [
  ['automated', automated],
  ['shipping', shipping],
  ['pickup', pickup],
];

describe.each(workflows)('the workflow %s', (workflow, moves) => {
  test('has exactly the statuses that are tried here', async () => {
    const known = await rows<{ status: string }>(
      database.pool,
      'select status from app_public.workflow_statuses where workflow = $1 order by status',
      [workflow],
    );
    expect(known.map(({ status }) => status)).toEqual(Object.keys(moves).sort());
  });

  describe.each(Object.entries(moves))('from %s', (from, allowed) => {
    test('every other status of any workflow raises WB001', () =>
      database.withRollback(async (db) => {
        const order = await orderAt(db, merchant, workflow, from);
        for (const to of everyStatus.filter((status) => !allowed.some((m) => m.to === status))) {
          const outcome = await tryOut(db, () => writeMove(db, order, moveTo(to)));
          expect({ to, ...outcome }).toMatchObject({
            to,
            code: 'WB001',
            facts: { orderId: order, status: from, toStatus: to },
          });
        }
        expect(await statusOf(db, order)).toBe(from);
      }));

    test('each allowed status is reached by its roles and a DBA, WB003 for the others', () =>
      database.withRollback(async (db) => {
        const order = await orderAt(db, merchant, workflow, from);
        for (const { to, roles } of allowed) {
          for (const role of [...actorRoles, 'dba'] as const) {
            const outcome = await tryOut(db, async () => {
              await (role === 'dba' ? asDba(db) : asActor(db, merchant, role));
              await writeMove(db, order, moveTo(to));
              expect(await statusOf(db, order)).toBe(to);
            });
            const code = role === 'dba' || roles.includes(role) ? 'ok' : 'WB003';
            expect({ to, role, code: outcome.code }).toEqual({ to, role, code });
          }
        }
      }));

    test('a move without what it requires raises WB004 and names it', () =>
      database.withRollback(async (db) => {
        const order = await orderAt(db, merchant, workflow, from);
        for (const { to, needs } of allowed.filter((move) => move.needs !== undefined)) {
          const field = needs === 'reason' ? 'reason' : 'trackingCode';
          for (const reason of [null, '', '   ']) {
            const outcome = await tryOut(db, () => writeMove(db, order, { to, reason }));
            expect({ to, ...outcome }).toMatchObject({ to, code: 'WB004', facts: { field } });
          }
        }
      }));
  });
});
