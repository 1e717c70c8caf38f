import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { appRoles, ourSchemas, problems } from './catalogue.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  // Partitions that housekeeping makes later have to be like those that the migration made.
  await database.pool.query('select app_private.create_partitions(9)');
});
afterAll(() => database.drop());

/** Queries whose every row is a fault. */
const asserts: [name: string, sql: string][] = [
  [
    'row-level security is on and forced for every table, partitions too',
    `select c.oid::regclass::text as problem from pg_class c
     where c.relkind in ('r', 'p') and c.relnamespace = any (${ourSchemas})
       and not (c.relrowsecurity and c.relforcerowsecurity)`,
  ],
  [
    'no policy is for PUBLIC',
    `select policyname || ' of ' || tablename as problem from pg_policies
     where schemaname like 'app\\_%' and 'public' = any (roles)`,
  ],
  [
    'every policy is permissive, and the same role has one for each command at most',
    `select tablename || ' ' || role as problem from pg_policies, unnest(roles) role
     where schemaname like 'app\\_%'
     group by tablename, schemaname, role, cmd
     having count(*) > 1 or bool_or(permissive <> 'PERMISSIVE')`,
  ],
  [
    'what a role may read, some policy lets it see',
    `select c.oid::regclass::text || ' ' || role as problem
     from pg_class c, unnest(${appRoles}) role
     where c.relkind in ('r', 'p') and c.relnamespace = any (${ourSchemas})
       and has_table_privilege(role, c.oid, 'select')
       and not exists (
         select from pg_policies p
         where p.schemaname = c.relnamespace::regnamespace::text and p.tablename = c.relname
           and role = any (p.roles) and p.cmd in ('SELECT', 'ALL'))`,
  ],
  [
    'a member sees a tenant table through its merchant, compared with a value computed once',
    `select p.tablename || ': ' || p.qual as problem
     from pg_policies p
     join pg_attribute a on a.attrelid = format('%I.%I', p.schemaname, p.tablename)::regclass
       and a.attname = 'merchant_id'
     where 'waybill_member' = any (p.roles)
       and (p.qual !~ '^\\(+merchant_id = \\( SELECT app_hidden\\.current_merchant_id\\(\\)'
         or p.qual ~ ' OR ')`,
  ],
  [
    'always true is only what the owner, DBAs and readers of lists of words see',
    `select p.tablename || ' ' || role as problem from pg_policies p, unnest(p.roles) role
     where p.schemaname like 'app\\_%' and p.qual = 'true'
       and role not in ('waybill_owner', 'waybill_readonly')
       and exists (
         select from pg_attribute a
         where a.attrelid = format('%I.%I', p.schemaname, p.tablename)::regclass
           and a.attname = 'merchant_id')`,
  ],
  [
    'the tenant column of every policy leads an index',
    `select c.oid::regclass::text as problem from pg_class c
     join pg_attribute a on a.attrelid = c.oid and a.attname = 'merchant_id'
     where c.relkind in ('r', 'p') and c.relnamespace = any (${ourSchemas})
       and not exists (
         select from pg_index i where i.indrelid = c.oid and i.indkey[0] = a.attnum
           and i.indpred is null)`,
  ],
  [
    'no partition is granted to anybody by itself',
    `select c.oid::regclass::text || ' ' || role as problem
     from pg_class c, unnest(${appRoles}) role
     where c.relispartition and c.relkind = 'r' and c.relnamespace = any (${ourSchemas})
       and has_table_privilege(role, c.oid, 'select, insert, update, delete')`,
  ],
  [
    'a view runs with the rights of its reader; no materialized view or foreign table is granted',
    `select c.oid::regclass::text as problem from pg_class c
     where c.relnamespace = any (${ourSchemas})
       and (c.relkind = 'v' and not coalesce('security_invoker=true' = any (c.reloptions), false)
         or c.relkind in ('m', 'f') and c.relacl is not null)`,
  ],
];

test.each(asserts)('%s', async (_name, sql) => {
  expect(await problems(database.pool, sql)).toEqual([]);
});
