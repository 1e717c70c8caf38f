import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { ourSchemas, problems } from './catalogue.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const asserts: [name: string, sql: string][] = [
  [
    'every function has a fixed path with pg_temp last, or a body that was bound at creation',
    `select p.oid::regprocedure::text as problem from pg_proc p
     where p.pronamespace = any (${ourSchemas}) and p.prosqlbody is null
       and not coalesce('search_path=pg_catalog, pg_temp' = any (p.proconfig), false)`,
  ],
  [
    'every definer belongs to waybill_owner and has a fixed path',
    `select p.oid::regprocedure::text as problem from pg_proc p
     where p.prosecdef and p.pronamespace = any (${ourSchemas})
       and (p.proowner <> 'waybill_owner'::regrole or p.proconfig is null)`,
  ],
  [
    'every function says what it is for',
    `select p.oid::regprocedure::text as problem from pg_proc p
     where p.pronamespace = any (${ourSchemas})
       and coalesce(obj_description(p.oid, 'pg_proc'), '') = ''`,
  ],
  [
    'a function of app_public names the errors that it raises',
    `select p.oid::regprocedure::text as problem from pg_proc p
     where p.pronamespace = 'app_public'::regnamespace and p.provolatile = 'v'
       and obj_description(p.oid, 'pg_proc') !~ 'Errors: '`,
  ],
  [
    'no function swallows every error',
    `select p.oid::regprocedure::text as problem from pg_proc p
     where p.pronamespace = any (${ourSchemas}) and p.prosrc ~* 'when\\s+others'`,
  ],
  [
    'no function outside common/ builds SQL from texts',
    `select p.oid::regprocedure::text as problem from pg_proc p
     where p.pronamespace = any (${ourSchemas})
       and p.prosrc ~* '\\mexecute\\s+(format|''|\\w+\\s*\\|\\|)'
       and p.proname not in ('create_partitions', 'grant_worker_schema')`,
  ],
  [
    'no function has a hundred lines',
    `select p.oid::regprocedure::text as problem from pg_proc p
     where p.pronamespace = any (${ourSchemas})
       and length(p.prosrc) - length(replace(p.prosrc, E'\\n', '')) >= 100`,
  ],
  [
    'only one function refuses: no other raises an error by itself',
    `select p.oid::regprocedure::text as problem from pg_proc p
     where p.pronamespace = any (${ourSchemas}) and p.prosrc ~* '\\mraise\\s+(exception|sqlstate)'
       and p.oid <> 'app_hidden.refuse(text, text, jsonb)'::regprocedure`,
  ],
  [
    'only the dispatcher notifies, and only one function adds jobs',
    `select p.oid::regprocedure::text as problem from pg_proc p
     where p.pronamespace = any (${ourSchemas})
       and (p.prosrc ~* 'pg_notify|\\mnotify\\M' and p.proname <> 'dispatch_events'
         or p.prosrc ~* 'graphile_worker\\.add_job' and p.proname <> 'add_jobs')`,
  ],
];

test.each(asserts)('%s', async (_name, sql) => {
  expect(await problems(database.pool, sql)).toEqual([]);
});
