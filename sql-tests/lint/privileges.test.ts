import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { rows } from '../support/query.ts';
import { appRoles, ourSchemas, testLints } from './catalogue.ts';
import type { Lint } from './catalogue.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const lints: Lint[] = [
  {
    name: 'no application role may do more than read a table',
    sql: `select c.oid::regclass::text || ' ' || role || ' ' || privilege as problem
     from pg_class c, unnest(${appRoles}) role,
       unnest(array['insert', 'update', 'delete', 'truncate', 'references', 'trigger']) privilege
     where c.relkind in ('r', 'p', 'v') and c.relnamespace = any (${ourSchemas})
       and has_table_privilege(role, c.oid, privilege)`,
    offender: 'grant trigger on app_public.stores to waybill_member',
  },
  {
    name: 'nothing of ours is granted to PUBLIC: no table, column, sequence, function or schema',
    sql: `select problem from (
       select c.oid::regclass::text as problem, c.relacl as acl from pg_class c
       where c.relnamespace = any (${ourSchemas})
       union all
       select a.attrelid::regclass::text || '.' || a.attname, a.attacl from pg_attribute a
       join pg_class c on c.oid = a.attrelid where c.relnamespace = any (${ourSchemas})
       union all
       select p.oid::regprocedure::text, coalesce(p.proacl, acldefault('f', p.proowner))
       from pg_proc p where p.pronamespace = any (${ourSchemas})
       union all
       select n.nspname, n.nspacl from pg_namespace n where n.oid = any (${ourSchemas})
     ) o where exists (select from aclexplode(o.acl) x where x.grantee = 0)`,
    offender: 'grant select (name) on app_public.stores to public',
  },
  {
    name: 'no application role uses a sequence of ours',
    sql: `select c.oid::regclass::text || ' ' || role as problem
     from pg_class c, unnest(${appRoles}) role
     where c.relkind = 'S' and c.relnamespace = any (${ourSchemas})
       and has_sequence_privilege(role, c.oid, 'usage, select, update')`,
    offender: 'grant usage on sequence app_public.stores_id_seq to waybill_worker',
  },
  {
    name: 'no application role may create anything in a schema',
    sql: `select n.nspname || ' ' || role as problem from pg_namespace n, unnest(${appRoles}) role
     where n.nspname !~ '^pg_' and has_schema_privilege(role, n.oid, 'create')`,
    offender: 'grant create on schema app_public to waybill_server',
  },
  {
    name: 'no role of ours is a superuser, passes by row-level security, or makes roles or databases',
    sql: `select rolname as problem from pg_roles
     where rolname like 'waybill\\_%'
       and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)`,
    offender: 'alter role waybill_worker bypassrls',
  },
  {
    name: 'no role of ours inherits what another may do',
    sql: `select rolname as problem from pg_roles where rolname like 'waybill\\_%' and rolinherit`,
    offender: 'alter role waybill_server inherit',
  },
  {
    name: 'the API may become a member or a customer, and nobody of ours anybody else',
    sql: `select m.rolname || ' becomes ' || r.rolname as problem from pg_auth_members a
     join pg_roles m on m.oid = a.member
     join pg_roles r on r.oid = a.roleid
     where m.rolname like 'waybill\\_%' and (m.rolname, r.rolname) not in (
       ('waybill_server', 'waybill_member'), ('waybill_server', 'waybill_customer'))`,
    offender: 'grant waybill_readonly to waybill_worker',
  },
  {
    name: 'the application roles own nothing',
    sql: `select o.problem from (
       select c.oid::regclass::text as problem, c.relowner as owner from pg_class c
       union all select p.oid::regprocedure::text, p.proowner from pg_proc p
       union all select n.nspname, n.nspowner from pg_namespace n
       union all select d.datname, d.datdba from pg_database d
     ) o join pg_roles r on r.oid = o.owner where r.rolname = any (${appRoles})`,
    offender: 'alter table app_public.stores owner to waybill_worker',
  },
  {
    name: 'everything of ours belongs to waybill_owner',
    sql: `select o.problem from (
       select c.oid::regclass::text as problem, c.relowner as owner from pg_class c
       where c.relnamespace = any (${ourSchemas})
       union all select p.oid::regprocedure::text, p.proowner from pg_proc p
       where p.pronamespace = any (${ourSchemas})
       union all select n.nspname, n.nspowner from pg_namespace n where n.oid = any (${ourSchemas})
     ) o join pg_roles r on r.oid = o.owner where r.rolname <> 'waybill_owner'`,
    offender: 'create table app_private.planted ()',
  },
  {
    name: 'only the owner logs in nowhere, members and customers neither',
    sql: `select rolname as problem from pg_roles where rolname like 'waybill\\_%'
       and rolcanlogin <> (rolname in ('waybill_server', 'waybill_worker', 'waybill_readonly'))`,
    offender: 'alter role waybill_customer login',
  },
  {
    name: 'every login of the application has its time-outs',
    sql: `select r.rolname || ' ' || setting as problem from pg_roles r, unnest(array[
       'statement_timeout', 'idle_in_transaction_session_timeout'
     ] || case when r.rolname <> 'waybill_readonly' then array['lock_timeout'] else '{}' end
       || case when current_setting('server_version_num')::integer >= 170000
         then array['transaction_timeout'] else '{}' end) setting
     where r.rolname like 'waybill\\_%' and r.rolcanlogin
       and not exists (
         select from unnest(r.rolconfig) c where c ~ ('^' || setting || '=[1-9]'))`,
    offender: 'alter role waybill_server reset statement_timeout',
  },
  {
    name: 'no column with a secret in it can be read by anybody but the owner',
    sql: `select c.oid::regclass::text || '.' || a.attname || ' ' || role as problem
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
       and not a.attisdropped, unnest(${appRoles}) role
     where c.relkind in ('r', 'p', 'v') and c.relnamespace = any (${ourSchemas})
       and a.attname ~ '(password|secret|token|ciphertext|api_key|private)'
       and has_column_privilege(role, c.oid, a.attnum, 'select')`,
    offender: 'grant select (ciphertext) on app_private.secrets to waybill_readonly',
  },
];

testLints(() => database, lints);

test('a function that the owner makes later is not executable by everybody', () =>
  database.withRollback(async (db) => {
    await db.query('set local role waybill_owner');
    await db.query(`create function app_public.later() returns integer return 1`);
    const found = await rows(
      db,
      `select role from unnest(${appRoles}) role
       where has_function_privilege(role, 'app_public.later()', 'execute')`,
    );
    expect(found).toEqual([]);
  }));
