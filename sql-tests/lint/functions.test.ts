import { afterAll, beforeAll } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { ourSchemas, plantedBody, plantedFunction, testLints } from './catalogue.ts';
import type { Lint } from './catalogue.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const lints: Lint[] = [
  {
    name: 'every function has a fixed path with pg_temp last, or a body that was bound at creation',
    sql: `select p.oid::regprocedure::text as problem from pg_proc p
     where p.pronamespace = any (${ourSchemas}) and p.prosqlbody is null
       -- A procedure that commits may not have one: it writes every name in full.
       and p.oid <> 'app_private.rebuild_read_models(integer, jsonb)'::regprocedure
       and not coalesce('search_path=pg_catalog, pg_temp' = any (p.proconfig), false)`,
    offender: plantedFunction('language sql'),
  },
  {
    name: 'every definer belongs to waybill_owner and has a fixed path',
    sql: `select p.oid::regprocedure::text as problem from pg_proc p
     where p.prosecdef and p.pronamespace = any (${ourSchemas})
       and (p.proowner <> 'waybill_owner'::regrole or p.proconfig is null)`,
    offender: plantedFunction('language sql security definer'),
  },
  {
    name: 'every function says what it is for',
    sql: `select p.oid::regprocedure::text as problem from pg_proc p
     where p.pronamespace = any (${ourSchemas})
       and coalesce(obj_description(p.oid, 'pg_proc'), '') = ''`,
    offender: `${plantedFunction()} comment on function app_public.planted() is null`,
  },
  {
    name: 'a function of app_public names the errors that it raises',
    sql: `select p.oid::regprocedure::text as problem from pg_proc p
     where p.pronamespace = 'app_public'::regnamespace and p.provolatile = 'v'
       and obj_description(p.oid, 'pg_proc') !~ 'Errors: '`,
    offender: `${plantedFunction()} comment on function app_public.planted() is 'Planted.'`,
  },
  {
    name: 'no function swallows every error',
    sql: `select p.oid::regprocedure::text as problem from pg_proc p
     where p.pronamespace = any (${ourSchemas}) and p.prosrc ~* 'when\\s+others'`,
    offender: plantedBody('begin null; exception when others then null; end'),
  },
  {
    name: 'no function outside common/ builds SQL from texts',
    sql: `select p.oid::regprocedure::text as problem from pg_proc p
     where p.pronamespace = any (${ourSchemas})
       and p.prosrc ~* '\\mexecute\\s+(format|''|\\w+\\s*\\|\\|)'
       and p.proname not in ('add_partition', 'attach_month', 'detach_month', 'grant_worker_schema')`,
    offender: plantedBody(`execute format('select %s', 1)`),
  },
  {
    name: 'no function has a hundred lines',
    sql: `select p.oid::regprocedure::text as problem from pg_proc p
     where p.pronamespace = any (${ourSchemas})
       and length(p.prosrc) - length(replace(p.prosrc, E'\\n', '')) >= 100`,
    offender: plantedBody(`null; ${'\n'.repeat(100)} null`),
  },
  {
    name: 'only one function refuses: no other raises an error by itself',
    sql: `select p.oid::regprocedure::text as problem from pg_proc p
     where p.pronamespace = any (${ourSchemas}) and p.prosrc ~* '\\mraise\\s+(exception|sqlstate)'
       and p.oid <> 'app_hidden.refuse(text, text, jsonb)'::regprocedure`,
    offender: plantedBody(`raise exception 'no'`),
  },
  {
    name: 'only one function notifies, and only one adds jobs',
    sql: `select p.oid::regprocedure::text as problem from pg_proc p
     where p.pronamespace = any (${ourSchemas})
       and (p.prosrc ~* 'pg_notify|\\mnotify\\M' and p.proname <> 'wake_live'
         or p.prosrc ~* 'graphile_worker\\.add_job' and p.proname <> 'add_jobs')`,
    offender: plantedBody(`perform pg_notify('waybill_events', '')`),
  },
  {
    name: 'only two functions say who acts, and never for longer than the transaction',
    sql: `select p.oid::regprocedure::text as problem from pg_proc p
     where p.pronamespace = any (${ourSchemas}) and (
       p.prosrc ~* '\\mset_config\\s*\\(' and p.proname not in ('act_for', 'act_as_member')
       or p.prosrc ~* '\\mset_config\\s*\\([^;]*,\\s*false\\s*\\)'
       or p.prosrc ~* '\\mset\\s+(session|(local\\s+)?role)\\M(?!\\s*=)')`,
    offender: plantedBody(`perform set_config('jwt.claims.merchant_id', '1', false)`),
  },
  {
    // On Citus this is another moment on each server.
    name: 'no upsert sets a column to now()',
    sql: `select p.oid::regprocedure::text as problem from pg_proc p
     where p.pronamespace = any (${ourSchemas})
       and p.prosrc ~* 'do\\s+update\\s+set[^;]*=\\s*(now\\(\\)|current_timestamp)'`,
    offender: plantedBody(
      'insert into app_private.counters values (1) on conflict do update set at = now()',
    ),
  },
  {
    name: 'nothing is moved from one merchant to another',
    sql: `select p.oid::regprocedure::text as problem from pg_proc p
     where p.pronamespace = any (${ourSchemas})
       and p.prosrc ~* '\\mupdate\\s+[a-z_.]+(\\s+(as\\s+)?[a-z]+)?\\s+set\\s+([^;]*,)?\\s*merchant_id\\s*='`,
    offender: plantedBody('update app_public.stores set name = name, merchant_id = 2'),
  },
  {
    name: 'a definer that members may call asks for whom it works',
    sql: `select p.oid::regprocedure::text as problem from pg_proc p
     where p.pronamespace = any (${ourSchemas}) and p.prosecdef
       and (has_function_privilege('waybill_member', p.oid, 'execute')
         or has_function_privilege('waybill_customer', p.oid, 'execute'))
       and p.prosrc !~ '(current_merchant_id|write_move|merchant_of|merchant_for|lead_members|close_dead_letter|public_id)'`,
    offender: `${plantedFunction(
      'language sql security definer set search_path to pg_catalog, pg_temp',
    )} grant execute on function app_public.planted() to waybill_member`,
  },
];

testLints(() => database, lints);
