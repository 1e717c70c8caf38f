import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { ourSchemas, problems } from './catalogue.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** Our tables, without the partitions of others: `t`. */
const tables = `(select c.oid, c.relname, c.oid::regclass::text as name from pg_class c
  where c.relkind in ('r', 'p') and not c.relispartition
    and c.relnamespace = any (${ourSchemas})) t`;

const tenantColumn = `exists (
  select from pg_attribute a where a.attrelid = t.oid and a.attname = 'merchant_id')`;

/** Tables that belong to nobody: lists of words, the tenants themselves, and infrastructure. */
const withoutTenant = [
  'app_private.dispatch_cursor',
  'app_private.rate_buckets',
  'app_private.worker_pools',
  'app_public.carriers',
  'app_public.effect_kinds',
  'app_public.event_types',
  'app_public.member_roles',
  'app_public.merchants',
  'app_public.order_statuses',
  'app_public.shipment_statuses',
  'app_public.transition_tasks',
  'app_public.workflow_statuses',
  'app_public.workflow_transitions',
  'app_public.workflows',
];

/** Small tables whose ids people see; volume tables have UUIDv7 ids. */
const withIdentity = [
  'app_public.carrier_accounts',
  'app_public.locations',
  'app_public.members',
  'app_public.merchants',
  'app_public.message_accounts',
  'app_public.stores',
];

test('every table belongs to a merchant, but for those listed here', async () => {
  const sql = `select t.name as problem from ${tables} where not ${tenantColumn}`;
  expect(await problems(database.pool, sql)).toEqual(withoutTenant);
});

test('only small tables have identity columns', async () => {
  const sql = `select t.name as problem from ${tables}
    where exists (select from pg_attribute a where a.attrelid = t.oid and a.attidentity <> '')`;
  expect(await problems(database.pool, sql)).toEqual(withIdentity);
});

const asserts: [name: string, sql: string][] = [
  [
    'the merchant is never null',
    `select t.name as problem from ${tables}
     join pg_attribute a on a.attrelid = t.oid and a.attname = 'merchant_id'
     where not a.attnotnull`,
  ],
  [
    'every table has a primary key',
    `select t.name as problem from ${tables}
     where not exists (select from pg_index i where i.indrelid = t.oid and i.indisprimary)`,
  ],
  [
    'the merchant comes first in every primary and unique key of a tenant table',
    `select i.indexrelid::regclass::text as problem from ${tables}
     join pg_attribute a on a.attrelid = t.oid and a.attname = 'merchant_id'
     join pg_index i on i.indrelid = t.oid and i.indisunique
     where i.indkey[0] <> a.attnum`,
  ],
  [
    'a foreign key between tenant tables begins with the merchant on both sides',
    `select k.conname::text as problem from pg_constraint k
     join pg_attribute a on a.attrelid = k.conrelid and a.attname = 'merchant_id'
     join pg_attribute f on f.attrelid = k.confrelid and f.attname = 'merchant_id'
     where k.contype = 'f' and k.connamespace = any (${ourSchemas})
       and (k.conkey[1] <> a.attnum or k.confkey[1] <> f.attnum)`,
  ],
  [
    // Kinds of effects are only deleted by a migration: the index over open effects is enough.
    'every foreign key has an index that begins with its columns',
    `select k.conname::text as problem from pg_constraint k
     where k.contype = 'f' and k.connamespace = any (${ourSchemas}) and k.conparentid = 0
       and k.conname <> 'effects_kind_fkey'
       and not exists (
         select from pg_index i where i.indrelid = k.conrelid and i.indpred is null
           and (i.indkey::smallint[])[0:cardinality(k.conkey) - 1] @> k.conkey)`,
  ],
  [
    'every foreign key says what happens on delete; none sets null',
    `select conname::text as problem from pg_constraint
     where contype = 'f' and connamespace = any (${ourSchemas}) and confdeltype not in ('c', 'r')`,
  ],
  [
    'every table says what it is, unless it is a partition',
    `select t.name as problem from ${tables}
     where coalesce(obj_description(t.oid, 'pg_class'), '') = ''`,
  ],
  [
    'every constraint is valid and every index too',
    `select conname::text as problem from pg_constraint
     where connamespace = any (${ourSchemas}) and not convalidated
     union all
     select i.indexrelid::regclass::text from pg_index i
     join pg_class c on c.oid = i.indexrelid
     where c.relnamespace = any (${ourSchemas}) and not (i.indisvalid and i.indisready)`,
  ],
  [
    'no constraint has a name that the server made up',
    `select conname::text || ' of ' || conrelid::regclass as problem from pg_constraint
     where connamespace = any (${ourSchemas}) and conparentid = 0 and contype <> 'n'
       and conname ~ '_(check|key|fkey|not_null)\\d+$|_check$'`,
  ],
  [
    'no column is a float, a time without its zone, money, char(n), varchar(n) or plain json',
    `select c.oid::regclass::text || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
       as problem
     from pg_attribute a join pg_class c on c.oid = a.attrelid
     join pg_type t on t.oid = a.atttypid
     where c.relkind in ('r', 'p', 'v', 'm') and c.relnamespace = any (${ourSchemas})
       and a.attnum > 0 and not a.attisdropped
       and coalesce(nullif(t.typbasetype, 0), t.oid) in (
         'float4'::regtype, 'float8'::regtype, 'timestamp'::regtype,
         'timetz'::regtype, 'money'::regtype, 'bpchar'::regtype, 'varchar'::regtype,
         'json'::regtype)`,
  ],
  [
    'amounts are whole numbers of a minor unit',
    `select c.oid::regclass::text || '.' || a.attname as problem
     from pg_attribute a join pg_class c on c.oid = a.attrelid
     join pg_type t on t.oid = a.atttypid
     where c.relkind in ('r', 'p') and c.relnamespace = any (${ourSchemas}) and a.attnum > 0
       and a.attname ~ '(_minor|amount|price)'
       and coalesce(nullif(t.typbasetype, 0), t.oid) <> 'bigint'::regtype`,
  ],
  [
    'every moment is called <verb>ed_at or the like',
    `select c.oid::regclass::text || '.' || a.attname as problem
     from pg_attribute a join pg_class c on c.oid = a.attrelid
     where c.relkind in ('r', 'p') and c.relnamespace = any (${ourSchemas}) and a.attnum > 0
       and a.atttypid = 'timestamptz'::regtype and a.attname !~ '(_at|_until|_since)$'`,
  ],
];

test.each(asserts)('%s', async (_name, sql) => {
  expect(await problems(database.pool, sql)).toEqual([]);
});

describe('triggers', () => {
  const ours = `pg_trigger g join pg_class c on c.oid = g.tgrelid
    where not g.tgisinternal and c.relnamespace = any (${ourSchemas})`;

  test('are called by their table and the number of their job', async () => {
    const sql = `select g.tgname::text as problem from ${ours} and not c.relispartition
      and g.tgname !~ ('^' || c.relname || '_[1359]\\d\\d_[a-z_]+$')`;
    expect(await problems(database.pool, sql)).toEqual([]);
  });

  test('are all enabled', async () => {
    const sql = `select g.tgname::text as problem from ${ours} and g.tgenabled <> 'O'`;
    expect(await problems(database.pool, sql)).toEqual([]);
  });

  test('guard before, record and announce after', async () => {
    const sql = `select g.tgname::text as problem from ${ours} and not c.relispartition
      and g.tgname !~ '_3\\d\\d_' and (g.tgname ~ '_1\\d\\d_') <> (g.tgtype & 2 = 2)`;
    expect(await problems(database.pool, sql)).toEqual([]);
  });
});

test('the indexes that the sources name are there', async () => {
  const sql = `select indexname::text as problem from pg_indexes
    where indexname in ('idx_orders_status', 'idx_orders_store_status')`;
  const named = ['idx_orders_status', 'idx_orders_store_status'];
  expect(await problems(database.pool, sql)).toEqual(named);
});
