import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { outcomeOf } from '../support/outcome.ts';
import { rows } from '../support/query.ts';
import type { Db } from '../support/query.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const sound = `
  insert into app_public.workflows values ('express', 'order', 'shipping', 'By bicycle.');
  insert into app_public.workflow_statuses (workflow, status, position, is_initial, is_terminal) values
    ('express', 'pending', 1, true, false), ('express', 'packing', 2, false, false),
    ('express', 'delivered', 3, false, true);
  insert into app_public.workflow_transitions (workflow, from_status, to_status, roles) values
    ('express', 'pending', 'packing', '{staff}'), ('express', 'packing', 'delivered', '{staff}');`;

/** What a commit does: the deferred triggers run. */
const commit = (db: Db) => outcomeOf(db.query('set constraints all immediate'));

test('a sound new workflow is accepted, rows in any order', () =>
  database.withRollback(async (db) => {
    await db.query(sound);
    expect(await commit(db)).toMatchObject({ code: 'ok' });
  }));

test('the workflows that are there have no fault', async () => {
  const faults = await rows(
    database.pool,
    `select w.workflow, f.* from app_public.workflows w,
       lateral app_hidden.workflow_faults(w.workflow) f`,
  );
  expect(faults).toEqual([]);
});

const statuses = 'app_public.workflow_statuses';
const transitions = 'app_public.workflow_transitions';
const breaks: [what: string, sql: string, status: string | null, says: RegExp][] = [
  [
    'no initial status',
    `update ${statuses} set is_initial = false where workflow = 'express'`,
    null,
    /has 0 initial statuses/,
  ],
  [
    'two initial statuses',
    `update ${statuses} set is_initial = true where workflow = 'express' and status = 'packing'`,
    null,
    /has 2 initial statuses/,
  ],
  [
    'a workflow without any status',
    `delete from ${statuses} where workflow = 'express'`,
    null,
    /has 0 initial statuses/,
  ],
  [
    'a status that nothing leads to',
    `insert into ${statuses} (workflow, status, position, is_terminal)
     values ('express', 'returned', 9, true)`,
    'returned',
    /nothing leads to it/,
  ],
  [
    'a status that leads to no end',
    `insert into ${statuses} (workflow, status, position) values ('express', 'ready', 9);
     insert into ${transitions} (workflow, from_status, to_status, roles)
     values ('express', 'packing', 'ready', '{staff}')`,
    'ready',
    /nothing leads from it to a terminal status/,
  ],
  [
    'a circle without an exit',
    `insert into ${statuses} (workflow, status, position)
     values ('express', 'ready', 8), ('express', 'in_progress', 9);
     insert into ${transitions} (workflow, from_status, to_status, roles, goes_back)
     values ('express', 'packing', 'ready', '{staff}', false),
       ('express', 'ready', 'in_progress', '{staff}', false),
       ('express', 'in_progress', 'ready', '{staff}', true)`,
    'in_progress',
    /nothing leads from it to a terminal status/,
  ],
  [
    'a move out of the end',
    `insert into ${statuses} (workflow, status, position, is_terminal)
     values ('express', 'returned', 9, true);
     insert into ${transitions} (workflow, from_status, to_status, roles)
     values ('express', 'delivered', 'returned', '{staff}')`,
    'delivered',
    /is terminal, and yet leads to returned/,
  ],
  [
    'a move back into the beginning',
    `insert into ${transitions} (workflow, from_status, to_status, roles, goes_back)
     values ('express', 'packing', 'pending', '{staff}', true)`,
    'pending',
    /is initial, and yet packing leads back to it/,
  ],
  [
    'a move that nobody may make',
    `update ${transitions} set roles = '{}' where workflow = 'express' and to_status = 'delivered'`,
    'packing',
    /nobody may move it to delivered/,
  ],
  [
    'a move back that is not declared',
    `update ${statuses} set position = 9 where workflow = 'express' and status = 'packing'`,
    'packing',
    /move to delivered goes back without being declared so/,
  ],
  [
    'a move forward that is declared to go back',
    `update ${transitions} set goes_back = true
     where workflow = 'express' and to_status = 'delivered'`,
    'packing',
    /move to delivered goes forward, but is declared to go back/,
  ],
  [
    'a guard that nobody knows',
    `update ${statuses} set guard = 'full_moon' where workflow = 'express' and status = 'packing'`,
    'packing',
    /guard full_moon is not known/,
  ],
  [
    'a status of shipments in a workflow of orders',
    `insert into ${statuses} (workflow, status, position, is_terminal)
     values ('express', 'lost', 9, true);
     insert into ${transitions} (workflow, from_status, to_status, roles)
     values ('express', 'packing', 'lost', '{staff}')`,
    'lost',
    /is no status of an order/,
  ],
  [
    'work on a shipment, caused by the status of an order',
    `insert into app_public.transition_tasks values ('express', 'packing', 'book_shipment')`,
    'packing',
    /plans book_shipment, which is not about an order/,
  ],
];

describe('refused at commit, with workflow and status: WB004', () => {
  test.each(breaks)('%s', (_what, sql, status, says) =>
    database.withRollback(async (db) => {
      await db.query(sound);
      await db.query('set constraints all immediate; set constraints all deferred');
      await db.query(sql);
      const outcome = await commit(db);
      expect(outcome).toMatchObject({
        code: 'WB004',
        facts: { field: 'workflow', workflow: 'express', status },
      });
      expect(outcome.message).toContain(`The workflow express is broken`);
      if (status !== null) expect(outcome.message).toContain(` at ${status}: `);
      expect(outcome.message).toMatch(says);
    }),
  );
});

test('a DBA who breaks a workflow hears of it at commit, and it stays as it was', async () => {
  const db = await database.connect();
  await db.query('begin');
  await db.query(`delete from ${transitions} where workflow = 'pickup' and from_status = 'ready'`);
  const outcome = await outcomeOf(db.query('commit'));
  expect(outcome).toMatchObject({
    code: 'WB004',
    facts: { workflow: 'pickup', status: 'completed' },
  });
  const left = await rows(
    db,
    `select from ${transitions} where workflow = 'pickup' and from_status = 'ready'`,
  );
  expect(left).toHaveLength(2);
});

test('work is planned only for a status that the workflow has: 23503 names both', () =>
  database.withRollback(async (db) => {
    const sql = `insert into app_public.transition_tasks values ('pickup', 'shipped', 'message_ready')`;
    const error: unknown = await db.query(sql).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: '23503' });
    expect(String((error as { detail?: string }).detail)).toContain('(pickup, shipped)');
  }));

test('a workflow that is removed altogether is not missed', () =>
  database.withRollback(async (db) => {
    await db.query(sound);
    await db.query(`delete from app_public.workflows where workflow = 'express'`);
    expect(await commit(db)).toMatchObject({ code: 'ok' });
  }));
