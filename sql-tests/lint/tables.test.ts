import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { ourSchemas, plantedTable, problems, testLints } from './catalogue.ts';
import type { Lint } from './catalogue.ts';

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
  'app_private.detached_months',
  'app_private.dispatch_cursor',
  'app_private.rate_buckets',
  'app_private.worker_pools',
  'app_public.call_advice',
  'app_public.carrier_account_fields',
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

const lints: Lint[] = [
  {
    name: 'the merchant is never null',
    sql: `select t.name as problem from ${tables}
     join pg_attribute a on a.attrelid = t.oid and a.attname = 'merchant_id'
     where not a.attnotnull`,
    offender: 'create table app_public.planted (merchant_id integer, id integer primary key)',
  },
  {
    name: 'every table has a primary key',
    sql: `select t.name as problem from ${tables}
     where not exists (select from pg_index i where i.indrelid = t.oid and i.indisprimary)`,
    offender: 'create table app_public.planted (merchant_id integer)',
  },
  {
    name: 'the merchant comes first in every primary and unique key of a tenant table',
    sql: `select i.indexrelid::regclass::text as problem from ${tables}
     join pg_attribute a on a.attrelid = t.oid and a.attname = 'merchant_id'
     join pg_index i on i.indrelid = t.oid and i.indisunique
     where i.indkey[0] <> a.attnum`,
    offender: plantedTable(', public_id text unique'),
  },
  {
    name: 'a foreign key between tenant tables begins with the merchant on both sides',
    sql: `select k.conname::text as problem from pg_constraint k
     join pg_attribute a on a.attrelid = k.conrelid and a.attname = 'merchant_id'
     join pg_attribute f on f.attrelid = k.confrelid and f.attname = 'merchant_id'
     where k.contype = 'f' and k.connamespace = any (${ourSchemas})
       and (k.conkey[1] <> a.attnum or k.confkey[1] <> f.attnum)`,
    offender: `create unique index planted_location on app_public.locations (id);
      ${plantedTable(', location_id integer references app_public.locations (id) on delete cascade')}`,
  },
  {
    // Kinds of effects are only deleted by a migration: the index over open effects is enough.
    name: 'every foreign key has an index that begins with its columns',
    sql: `select k.conname::text as problem from pg_constraint k
     where k.contype = 'f' and k.connamespace = any (${ourSchemas}) and k.conparentid = 0
       and k.conname <> 'effects_kind_fkey'
       and not exists (
         select from pg_index i where i.indrelid = k.conrelid and i.indpred is null
           and (i.indkey::smallint[])[0:cardinality(k.conkey) - 1] @> k.conkey)`,
    offender: plantedTable(
      ', store_id integer, foreign key (merchant_id, store_id) references app_public.stores (merchant_id, id)',
    ),
  },
  {
    name: 'every foreign key says what happens on delete; none sets null',
    sql: `select conname::text as problem from pg_constraint
     where contype = 'f' and connamespace = any (${ourSchemas}) and confdeltype not in ('c', 'r')`,
    offender: plantedTable(
      ', store_id integer, foreign key (merchant_id, store_id) references app_public.stores (merchant_id, id) on delete set null',
    ),
  },
  {
    name: 'every table says what it is, unless it is a partition',
    sql: `select t.name as problem from ${tables}
     where coalesce(obj_description(t.oid, 'pg_class'), '') = ''`,
    offender: plantedTable('', 'comment on table app_public.planted is null'),
  },
  {
    name: 'every constraint is valid and every index too',
    sql: `select conname::text as problem from pg_constraint
     where connamespace = any (${ourSchemas}) and not convalidated
     union all
     select i.indexrelid::regclass::text from pg_index i
     join pg_class c on c.oid = i.indexrelid
     where c.relnamespace = any (${ourSchemas}) and not (i.indisvalid and i.indisready)`,
    offender: `alter table app_public.stores
      add constraint planted check (id > 0) not valid`,
  },
  {
    name: 'no constraint has a name that the server made up',
    sql: `select conname::text || ' of ' || conrelid::regclass as problem from pg_constraint
     where connamespace = any (${ourSchemas}) and conparentid = 0 and contype <> 'n'
       and conname ~ '_(check|key|fkey|not_null)\\d+$|_check$'`,
    offender: plantedTable(', check (id is not null)'),
  },
  {
    name: 'no column is a float, a time without its zone, money, char(n), varchar(n) or plain json',
    sql: `select c.oid::regclass::text || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
       as problem
     from pg_attribute a join pg_class c on c.oid = a.attrelid
     join pg_type t on t.oid = a.atttypid
     where c.relkind in ('r', 'p', 'v', 'm') and c.relnamespace = any (${ourSchemas})
       and a.attnum > 0 and not a.attisdropped
       and coalesce(nullif(t.typbasetype, 0), t.oid) in (
         'float4'::regtype, 'float8'::regtype, 'timestamp'::regtype,
         'timetz'::regtype, 'money'::regtype, 'bpchar'::regtype, 'varchar'::regtype,
         'json'::regtype)`,
    offender: plantedTable(', weight real'),
  },
  {
    name: 'amounts are whole numbers of a minor unit',
    sql: `select c.oid::regclass::text || '.' || a.attname as problem
     from pg_attribute a join pg_class c on c.oid = a.attrelid
     join pg_type t on t.oid = a.atttypid
     where c.relkind in ('r', 'p') and c.relnamespace = any (${ourSchemas}) and a.attnum > 0
       and a.attname ~ '(_minor|amount|price)'
       and coalesce(nullif(t.typbasetype, 0), t.oid) <> 'bigint'::regtype`,
    offender: plantedTable(', price numeric'),
  },
  {
    name: 'every moment is called <verb>ed_at or the like',
    sql: `select c.oid::regclass::text || '.' || a.attname as problem
     from pg_attribute a join pg_class c on c.oid = a.attrelid
     where c.relkind in ('r', 'p') and c.relnamespace = any (${ourSchemas}) and a.attnum > 0
       and a.atttypid = 'timestamptz'::regtype and a.attname !~ '(_at|_until|_since)$'`,
    offender: plantedTable(', updated timestamptz'),
  },
  {
    name: 'a table is partitioned by range of its time-ordered id, and has no default partition',
    sql: `select p.partrelid::regclass::text as problem from pg_partitioned_table p
     join pg_class c on c.oid = p.partrelid
     join pg_attribute a on a.attrelid = c.oid and a.attnum = p.partattrs[0]
     where c.relnamespace = any (${ourSchemas})
       and (p.partstrat <> 'r' or p.partdefid <> 0 or p.partnatts <> 1
         or a.atttypid <> 'uuid'::regtype)`,
    offender: 'create table app_public.planted partition of app_public.order_events default',
  },
  {
    // Made up at random, ids scatter over the index and say nothing of their time.
    name: 'an id that the server makes is time-ordered',
    sql: `select d.adrelid::regclass::text || '.' || a.attname as problem
     from pg_attrdef d join pg_attribute a on (a.attrelid, a.attnum) = (d.adrelid, d.adnum)
     join pg_class c on c.oid = d.adrelid
     where c.relnamespace = any (${ourSchemas}) and a.atttypid = 'uuid'::regtype
       and pg_get_expr(d.adbin, d.adrelid) <> 'app_hidden.uuid_v7()'`,
    offender: plantedTable(', token uuid default gen_random_uuid()'),
  },
  {
    name: 'no two indexes of a table are the same',
    sql: `select i.indexrelid::regclass::text as problem from pg_index i
     join pg_class c on c.oid = i.indrelid
     join pg_index j on j.indrelid = i.indrelid and j.indexrelid < i.indexrelid
       and j.indkey::text = i.indkey::text and j.indoption::text = i.indoption::text
       and j.indclass::text = i.indclass::text
       and pg_get_expr(j.indpred, j.indrelid) is not distinct from
         pg_get_expr(i.indpred, i.indrelid)
       and pg_get_expr(j.indexprs, j.indrelid) is not distinct from
         pg_get_expr(i.indexprs, i.indrelid)
     where c.relnamespace = any (${ourSchemas})`,
    offender: 'create index planted on app_public.stores (merchant_id, id)',
  },
  {
    // pg_upgrade refuses them, and a dump has another number in them.
    name: 'no column is a reg… type',
    sql: `select c.oid::regclass::text || '.' || a.attname as problem
     from pg_attribute a join pg_class c on c.oid = a.attrelid
     join pg_type t on t.oid = a.atttypid
     where c.relkind in ('r', 'p') and c.relnamespace = any (${ourSchemas})
       and a.attnum > 0 and t.typname ~ '^_?reg' and t.typnamespace = 'pg_catalog'::regnamespace`,
    offender: plantedTable(', kind regclass'),
  },
  {
    name: 'no extension lives in a schema of ours',
    sql: `select extname::text as problem from pg_extension
     where extnamespace = any (${ourSchemas})`,
    offender: `update pg_extension set extnamespace = 'app_public'::regnamespace
      where extname = 'plpgsql'`,
  },
];

testLints(() => database, lints);

const triggers = `pg_trigger g join pg_class c on c.oid = g.tgrelid
  where not g.tgisinternal and c.relnamespace = any (${ourSchemas})`;

const plantedTrigger = (name: string) => `create trigger ${name} after delete on app_public.stores
  for each statement execute function app_hidden.refuse_change('planted')`;

testLints(
  () => database,
  [
    {
      name: 'triggers are called by their table and the number of their job',
      sql: `select g.tgname::text as problem from ${triggers} and not c.relispartition
        and g.tgname !~ ('^' || c.relname || '_[1359]\\d\\d_[a-z_]+$')`,
      offender: plantedTrigger('planted'),
    },
    {
      name: 'triggers are all enabled',
      sql: `select g.tgname::text as problem from ${triggers} and g.tgenabled not in ('O', 'A')`,
      offender: 'alter table app_public.order_events disable trigger user',
    },
    {
      name: 'triggers guard before, record and announce after',
      sql: `select g.tgname::text as problem from ${triggers} and not c.relispartition
        and g.tgname !~ '_3\\d\\d_' and (g.tgname ~ '_1\\d\\d_') <> (g.tgtype & 2 = 2)`,
      offender: plantedTrigger('stores_100_planted'),
    },
  ],
);

test('the indexes that the sources name are there', async () => {
  const sql = `select indexname::text as problem from pg_indexes
    where indexname in ('idx_orders_status', 'idx_orders_store_status')`;
  const named = ['idx_orders_status', 'idx_orders_store_status'];
  expect(await problems(database.pool, sql)).toEqual(named);
});
