import { afterAll, beforeAll } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { appRoles, ourSchemas, testLints } from './catalogue.ts';
import type { Lint } from './catalogue.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  // Partitions that housekeeping makes later have to be like those that the migration made.
  await database.pool.query('select app_private.create_partitions(9)');
});
afterAll(() => database.drop());

const lints: Lint[] = [
  {
    name: 'row-level security is on and forced for every table, partitions too',
    sql: `select c.oid::regclass::text as problem from pg_class c
     where c.relkind in ('r', 'p') and c.relnamespace = any (${ourSchemas})
       and not (c.relrowsecurity and c.relforcerowsecurity)`,
    offender: 'alter table app_public.stores no force row level security',
  },
  {
    name: 'no policy is for PUBLIC',
    sql: `select policyname || ' of ' || tablename as problem from pg_policies
     where schemaname like 'app\\_%' and 'public' = any (roles)`,
    offender: 'create policy planted on app_public.stores for insert with check (true)',
  },
  {
    name: 'every policy is permissive, and the same role has one for each command at most',
    sql: `select tablename || ' ' || role as problem from pg_policies, unnest(roles) role
     where schemaname like 'app\\_%'
     group by tablename, schemaname, role, cmd
     having count(*) > 1 or bool_or(permissive <> 'PERMISSIVE')`,
    offender:
      'create policy planted on app_public.stores for select to waybill_member using (merchant_id = 1)',
  },
  {
    name: 'what a role may read, some policy lets it see',
    sql: `select c.oid::regclass::text || ' ' || role as problem
     from pg_class c, unnest(${appRoles}) role
     where c.relkind in ('r', 'p') and c.relnamespace = any (${ourSchemas})
       and has_table_privilege(role, c.oid, 'select')
       and not exists (
         select from pg_policies p
         where p.schemaname = c.relnamespace::regnamespace::text and p.tablename = c.relname
           and role = any (p.roles) and p.cmd in ('SELECT', 'ALL'))`,
    offender: 'grant select on app_private.counters to waybill_readonly',
  },
  {
    name: 'a member sees a tenant table through its merchant, compared with a value computed once',
    sql: `select p.tablename || ': ' || p.qual as problem
     from pg_policies p
     join pg_attribute a on a.attrelid = format('%I.%I', p.schemaname, p.tablename)::regclass
       and a.attname = 'merchant_id'
     where 'waybill_member' = any (p.roles)
       and (p.qual !~ '^\\(+merchant_id = \\( SELECT app_hidden\\.current_merchant_id\\(\\)'
         or p.qual ~ ' OR ')`,
    offender: `create policy planted on app_private.counters for select to waybill_member
      using (merchant_id = app_hidden.current_merchant_id())`,
  },
  {
    name: 'always true is only what the owner, DBAs and readers of lists of words see',
    sql: `select p.tablename || ' ' || role as problem from pg_policies p, unnest(p.roles) role
     where p.schemaname like 'app\\_%' and p.qual = 'true'
       and role not in ('waybill_owner', 'waybill_readonly')
       and exists (
         select from pg_attribute a
         where a.attrelid = format('%I.%I', p.schemaname, p.tablename)::regclass
           and a.attname = 'merchant_id')`,
    offender:
      'create policy planted on app_private.counters for select to waybill_worker using (true)',
  },
  {
    name: 'the tenant column of every policy leads an index',
    sql: `select c.oid::regclass::text as problem from pg_class c
     join pg_attribute a on a.attrelid = c.oid and a.attname = 'merchant_id'
     where c.relkind in ('r', 'p') and c.relnamespace = any (${ourSchemas})
       and not exists (
         select from pg_index i where i.indrelid = c.oid and i.indkey[0] = a.attnum
           and i.indpred is null)`,
    offender:
      'create table app_public.planted (id integer primary key, merchant_id integer not null)',
  },
  {
    name: 'no partition is granted to anybody by itself',
    sql: `select c.oid::regclass::text || ' ' || role as problem
     from pg_class c, unnest(${appRoles}) role
     where c.relispartition and c.relkind = 'r' and c.relnamespace = any (${ourSchemas})
       and has_table_privilege(role, c.oid, 'select, insert, update, delete')`,
    offender: `do $$ begin execute (select 'grant select on ' || c.oid::regclass || ' to waybill_readonly'
      from pg_class c where c.relispartition and c.relkind = 'r' limit 1); end $$`,
  },
  {
    name: 'a view runs with the rights of its reader; no materialized view or foreign table is granted',
    sql: `select c.oid::regclass::text as problem from pg_class c
     where c.relnamespace = any (${ourSchemas})
       and (c.relkind = 'v' and not coalesce('security_invoker=true' = any (c.reloptions), false)
         or c.relkind in ('m', 'f') and c.relacl is not null)`,
    offender: 'create view app_public.planted as select 1 as one',
  },
  {
    name: 'every function in a policy is called once a statement, not once a row',
    sql: `select tablename || ': ' || policyname as problem from pg_policies,
       concat(qual, ' ', with_check) condition
     where schemaname like 'app\\_%'
       and regexp_replace(condition, '\\( SELECT (app_hidden|app_public)\\.\\w+\\(', '', 'g')
         ~ '(app_hidden|app_public|app_private)\\.\\w+\\('`,
    offender: `create policy planted on app_private.counters for select to waybill_readonly
      using (merchant_id = (select 1) and app_hidden.current_member_id() = 1)`,
  },
  {
    name: 'no policy is on a table whose row-level security is off',
    sql: `select c.oid::regclass::text as problem from pg_class c
     where c.relkind in ('r', 'p') and not c.relrowsecurity
       and c.relnamespace = any (${ourSchemas}) and exists (select from pg_policy p where p.polrelid = c.oid)`,
    offender: 'alter table app_public.stores disable row level security',
  },
];

testLints(() => database, lints);
