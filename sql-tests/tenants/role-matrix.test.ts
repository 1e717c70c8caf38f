import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { asMember } from '../support/acting.ts';
import { addTwoMerchants } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { tryOut } from '../support/outcome.ts';
import { committed } from '../support/parallel.ts';
import { rows, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';
import { fillHouse } from './full-house.ts';
import { matrixSchemas, nobody, printMatrix } from './matrix.ts';

let database: TestDatabase;
let mine: Merchant;
let db: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  let other: Merchant;
  ({ mine, other } = await addTwoMerchants(database.pool));
  const client = await database.connect();
  for (const merchant of [mine, other]) await committed(client, () => fillHouse(client, merchant));
  db = await database.connect();
});
afterAll(() => database.drop());

/** In a transaction that is undone, with a role that nobody granted anything. */
async function withNobody<T>(work: () => Promise<T>): Promise<T> {
  await db.query(`begin; create role ${nobody}`);
  try {
    return await work();
  } finally {
    await db.query('rollback');
  }
}

/**
 * The expected matrix is the file beside this one. A grant that changed is a changed line there:
 * `npm test -- role-matrix -u` writes it anew, and whoever reviews decides.
 */
test('what each role may do is what was reviewed', async () => {
  expect(`\n${await withNobody(() => printMatrix(db))}`).toMatchSnapshot();
});

const actors: [name: string, become: (db: Db) => Promise<unknown>][] = [
  ['an owner', (on) => asMember(on, mine, 'owner')],
  ['a manager', (on) => asMember(on, mine, 'manager')],
  ['a member of staff', (on) => asMember(on, mine, 'staff')],
  ['a customer', (on) => on.query('set local role waybill_customer')],
  ['a worker', (on) => on.query('set local role waybill_worker')],
  ['the login of the server', (on) => on.query('set local role waybill_server')],
  ['a DBA', (on) => on.query('set local role waybill_readonly')],
  ['anybody', (on) => on.query(`set local role ${nobody}`)],
];

/** A statement for each privilege; those that are refused are refused before they look at a row. */
const commands: Record<string, (table: string, column: string) => string> = {
  select: (table, column) => `select ${column} from ${table} limit 1`,
  insert: (table) => `insert into ${table} default values`,
  update: (table, column) => `update ${table} set ${column} = ${column}`,
  delete: (table) => `delete from ${table}`,
  truncate: (table) => `truncate ${table}`,
  trigger: (table) =>
    `create trigger planted before delete on ${table} execute function suppress_redundant_updates_trigger()`,
};

interface Table {
  name: string;
  column: string;
  tenant: string | null;
  privileges: string[];
}

const tablesSql = `
  select c.oid::regclass::text as name,
    case when n.nspname like 'app\\_%' then (
      select quote_ident(a.attname) from pg_attribute a
      where a.attrelid = c.oid and a.attname = 'merchant_id') end as tenant,
    (select quote_ident(a.attname) from pg_attribute a
     where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       and a.attidentity = '' and a.attgenerated = ''
     order by has_column_privilege(current_user, c.oid, a.attnum, 'select') desc, a.attnum
     limit 1) as column,
    array(
      select privilege from unnest($1::text[]) privilege
      where has_table_privilege(current_user, c.oid, privilege)
        or privilege in ('select', 'insert', 'update')
          and has_any_column_privilege(current_user, c.oid, privilege)) as privileges
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and n.nspname = any ($2::text[]) order by 1`;

describe.each(actors)('%s', (_name, become) => {
  test('is refused every command on every table that was not granted, and sees no row of others', async () => {
    const wrong: string[] = [];
    await withNobody(async () => {
      await become(db);
      const tables = await rows<Table>(db, tablesSql, [Object.keys(commands), matrixSchemas]);
      expect(tables.length).toBeGreaterThan(40);
      for (const { name, column, tenant, privileges } of tables) {
        for (const [command, sql] of Object.entries(commands)) {
          const { code } = await tryOut(db, () => db.query(sql(name, column)));
          const refused = code === '42501';
          if (refused === privileges.includes(command)) wrong.push(`${command} ${name}: ${code}`);
        }
        if (!tenant || !privileges.includes('select')) continue;
        const foreign = `select count(*)::integer as value from ${name} where ${tenant} <> $1`;
        const seen = await value<number>(db, foreign, [mine.id]);
        const bi = (await value(db, 'select current_user as value')) === 'waybill_readonly';
        if (!bi && seen > 0) wrong.push(`sees ${seen} rows of others in ${name}`);
      }
    });
    expect(wrong).toEqual([]);
  });

  test('is refused every function that was not granted', async () => {
    const wrong: string[] = [];
    await withNobody(async () => {
      await become(db);
      const functions = await rows<{ call: string; name: string; granted: boolean }>(
        db,
        `select p.oid::regprocedure::text as name,
           format('%s %I.%I(%s)', case p.prokind when 'p' then 'call' else 'select' end,
             n.nspname, p.proname, (
               select string_agg(
                 case when p.provariadic <> 0 and t.position = p.pronargs then 'variadic ' else '' end
                   || format(case p.prokind when 'p' then 'null::%s' else '(select null::%s)' end,
                     format_type(t.oid, null)), ', '
                 order by t.position)
               from unnest(p.proargtypes::oid[]) with ordinality t (oid, position))) as call,
           has_function_privilege(current_user, p.oid, 'execute')
             and has_schema_privilege(current_user, n.oid, 'usage') as granted
         from pg_proc p join pg_namespace n on n.oid = p.pronamespace
         where n.nspname = any ($1::text[]) and p.prorettype not in ('trigger'::regtype)
           and p.prokind in ('f', 'p')`,
        [matrixSchemas],
      );
      expect(functions.length).toBeGreaterThan(80);
      // A null that is a constant would be folded, and a strict function with it, unasked.
      for (const { name, call, granted } of functions) {
        const { code, message } = await tryOut(db, () => db.query(call));
        const refused =
          code === '42501' && /^permission denied for (function|procedure|schema)/.test(message);
        if (refused === granted) wrong.push(`${name}: ${code} ${message}`);
      }
    });
    expect(wrong).toEqual([]);
  });
});
