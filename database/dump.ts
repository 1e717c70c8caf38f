import type pg from 'pg';

import * as others from './dump/others.ts';
import * as relations from './dump/relations.ts';

/** One object of the database, told in words that look like the SQL that makes it. */
export interface DumpedObject {
  kind: string;
  name: string;
  text: string;
}

export interface DumpOptions {
  schemas?: readonly string[];
  /** Partitions come and go with the calendar, so they are left out unless asked for. */
  includePartitions?: boolean;
  /** Tables (schema.name) whose rows are dumped, beside those tagged @lookup or @enum. */
  lookupTables?: readonly string[];
}

export const dumpedSchemas: readonly string[] = ['app_public', 'app_hidden', 'app_private'];

/** In this order in the dump; within a kind by name. */
const queries: readonly [kind: string, sql: string][] = [
  ['extension', others.extensions],
  ['schema', others.schemas],
  ['type', others.types],
  ['sequence', relations.sequences],
  ['table', relations.tables],
  ['constraint', relations.constraints],
  ['index', relations.indexes],
  ['statistics', relations.statistics],
  ['view', relations.views],
  ['function', others.functions],
  ['trigger', relations.triggers],
  ['policy', relations.policies],
  ['owner', others.owners],
  ['grant', others.grants],
  ['default privileges', others.defaultPrivileges],
  ['comment', others.comments],
];

/**
 * Everything that makes up the schema, in one fixed order and wording: equal databases give
 * equal dumps. It is for comparing and for reading in review, not for restoring.
 */
export async function dumpSchema(
  client: pg.ClientBase,
  options: DumpOptions = {},
): Promise<DumpedObject[]> {
  const schemas = options.schemas ?? dumpedSchemas;
  const partitions = options.includePartitions ?? false;
  await client.query('begin isolation level repeatable read read only');
  try {
    // With an empty path every name is written in full, whoever asks.
    await client.query(`set local search_path to ''`);
    const dump: DumpedObject[] = [];
    for (const [kind, sql] of queries) {
      dump.push(...(await run(client, kind, sql, [schemas, partitions])));
    }
    for (const table of await findLookupTables(client, schemas, options.lookupTables ?? [])) {
      dump.push(await dumpRows(client, table));
    }
    return dump;
  } finally {
    await client.query('rollback');
  }
}

async function run(
  client: pg.ClientBase,
  kind: string,
  sql: string,
  values: unknown[],
): Promise<DumpedObject[]> {
  const { rows } = await client.query<{ name: string; text: string }>(sql, values);
  return rows
    .map(({ name, text }) => ({ kind, name, text }))
    .sort((a, b) => compare(a.name, b.name) || compare(a.text, b.text));
}

/** By code unit: the order must not depend on a locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

async function findLookupTables(
  client: pg.ClientBase,
  schemas: readonly string[],
  named: readonly string[],
): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select c.oid::regclass::text as name
     from pg_class c
     join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p')
       and n.nspname = any ($1::text[])
       and (c.oid::regclass::text = any ($2::text[])
         or obj_description(c.oid, 'pg_class') ~ '(^|\\n)\\s*@(lookup|enum)\\M')`,
    [schemas, named],
  );
  return rows.map(({ name }) => name).sort(compare);
}

/** A row as JSON: its keys come in the table's order of columns, whatever their types. */
async function dumpRows(client: pg.ClientBase, table: string): Promise<DumpedObject> {
  // The name comes from the catalogue, quoted where it needs to be.
  const { rows } = await client.query<{ line: string }>(
    `select row_to_json(r)::text as line from ${table} r`,
  );
  const lines = rows.map(({ line }) => line).sort(compare);
  return { kind: 'rows', name: table, text: lines.join('\n') };
}

export function renderDump(dump: readonly DumpedObject[]): string {
  const parts = dump.map(({ kind, name, text }, index) => {
    const heading = kind === 'rows' ? `-- rows of ${name}\n` : '';
    // Grants and comments are one line each and stand together.
    const tight = dump[index - 1]?.kind === kind && !text.includes('\n');
    return `${tight ? '' : '\n'}${heading}${text}\n`;
  });
  return parts.join('').trimStart();
}
