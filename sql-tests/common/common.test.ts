import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { outcomeOf } from '../support/outcome.ts';
import { rows, value } from '../support/query.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test('ids are UUIDs of version 7, in the order of time and unlike one another', async () => {
  const ids = await rows<{ id: string }>(
    database.pool,
    'select app_hidden.uuid_v7()::text as id from generate_series(1, 1000)',
  );
  expect(new Set(ids.map(({ id }) => id)).size).toBe(1000);
  for (const { id } of ids) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const at = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
    expect(Math.abs(at - Date.now())).toBeLessThan(60_000);
  }
});

test('the floor of a moment is below every id made later and above every other', async () => {
  const ordered = await value<boolean>(
    database.pool,
    `select app_hidden.uuid_v7_floor(now() - interval '1 second') < id
       and id < app_hidden.uuid_v7_floor(now() + interval '1 second') as value
     from (select app_hidden.uuid_v7() as id) u`,
  );
  expect(ordered).toBe(true);
});

test('there are partitions from last month to the third ahead, without a gap', async () => {
  const bounds = await rows<{ bound: string }>(
    database.pool,
    `select pg_get_expr(c.relpartbound, c.oid) as bound from pg_class c
     join pg_inherits i on i.inhrelid = c.oid
     where i.inhparent = 'app_public.order_events'::regclass order by 1`,
  );
  expect(bounds.length).toBeGreaterThanOrEqual(5);
  const edges = bounds.map(({ bound }) => [...bound.matchAll(/'([0-9a-f-]{36})'/g)]);
  for (const [at, [, to]] of edges.entries()) {
    const next = edges[at + 1];
    if (next !== undefined) expect(next[0]?.[1]).toBe(to?.[1]);
  }
});

test('housekeeping makes partitions ahead, once', () =>
  database.withRollback(async (db) => {
    await db.query('set local role waybill_worker');
    const create = 'select app_private.create_partitions(6) as value';
    expect(await value<number>(db, create)).toBe(6);
    expect(await value<number>(db, create)).toBe(0);
  }));

test('a refusal carries its code, its words and its facts', async () => {
  const outcome = await outcomeOf(
    database.pool.query(`select app_hidden.refuse('WB008', 'None left.', '{"sku": "SAREE"}')`),
  );
  expect(outcome).toEqual({ code: 'WB008', message: 'None left.', facts: { sku: 'SAREE' } });
});

test('a text is trimmed of every kind of white space; null is empty', async () => {
  const trimmed = await value<string[]>(
    database.pool,
    `select array[app_hidden.trimmed(null), app_hidden.trimmed(E' \\t\\r\\n'),
       app_hidden.trimmed(E'\\n a b\\t')] as value`,
  );
  expect(trimmed).toEqual(['', '', 'a b']);
  // Before PostgreSQL 16, the escape \\v is the letter.
  const letters = 'vrtnfx0b';
  expect(await value(database.pool, 'select app_hidden.trimmed($1) as value', [letters])).toBe(
    letters,
  );
  expect(
    await value(database.pool, 'select app_hidden.trimmed(chr(11) || $1 || chr(12)) as value', [
      'v',
    ]),
  ).toBe('v');
});
