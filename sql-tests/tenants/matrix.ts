import { rows } from '../support/query.ts';
import type { Db } from '../support/query.ts';

/** PUBLIC is what everybody may do, told by a role that was granted nothing. */
export const nobody = 'waybill_test_nobody';

export const matrixRoles = [
  'waybill_server',
  'waybill_member',
  'waybill_customer',
  'waybill_worker',
  'waybill_readonly',
  nobody,
];

/** As psql's \dp writes them. */
export const tablePrivileges: Record<string, string> = {
  select: 'r',
  insert: 'a',
  update: 'w',
  delete: 'd',
  truncate: 'D',
  references: 'x',
  trigger: 't',
};

export const matrixSchemas = [
  'app_public',
  'app_hidden',
  'app_private',
  'graphile_worker',
  'graphile_migrate',
];

interface Cell {
  schema: string;
  name: string;
  role: string;
  privileges: string;
}

/** Of tables and views; partitions are not granted to anybody, as lint/ sees to. */
const tablesSql = `
  select n.nspname as schema, c.relname as name, role,
    coalesce(string_agg(letter, '' order by position) filter (where has_table_privilege(
      role, c.oid, privilege)), '')
    || case when not has_table_privilege(role, c.oid, 'select')
         and has_any_column_privilege(role, c.oid, 'select, insert, update, references')
       then ' (some columns)' else '' end as privileges
  from pg_class c join pg_namespace n on n.oid = c.relnamespace, unnest($1::text[]) role,
    unnest($2::text[], $3::text[]) with ordinality p (privilege, letter, position)
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
    and n.nspname = any ($4::text[])
  group by c.oid, n.nspname, c.relname, role`;

const functionsSql = `
  select n.nspname as schema, p.proname as name, role,
    case when bool_or(has_function_privilege(role, p.oid, 'execute')) then 'X' else '' end
    || case when bool_or(has_function_privilege(role, p.oid, 'execute'))
         and not bool_and(has_function_privilege(role, p.oid, 'execute'))
       then ' (some)' else '' end as privileges
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace, unnest($1::text[]) role
  where n.nspname = any ($2::text[])
  group by n.nspname, p.proname, role`;

const schemasSql = `
  select 'schemas' as schema, n.nspname as name, role,
    case when has_schema_privilege(role, n.oid, 'usage') then 'U' else '' end
    || case when has_schema_privilege(role, n.oid, 'create') then 'C' else '' end as privileges
  from pg_namespace n, unnest($1::text[]) role where n.nspname = any ($2::text[])`;

const sequencesSql = `
  select n.nspname as schema, c.relname as name, role,
    case when has_sequence_privilege(role, c.oid, 'usage') then 'U' else '' end
    || case when has_sequence_privilege(role, c.oid, 'select') then 'r' else '' end
    || case when has_sequence_privilege(role, c.oid, 'update') then 'w' else '' end as privileges
  from pg_class c join pg_namespace n on n.oid = c.relnamespace, unnest($1::text[]) role
  where c.relkind = 'S' and n.nspname = any ($2::text[])`;

/** Who may do what, in few lines: what is granted alike stands together. */
export async function printMatrix(db: Db): Promise<string> {
  const letters = Object.keys(tablePrivileges);
  const parts: [title: string, cells: Cell[]][] = [
    ['Schemas: U usage, C create', await rows(db, schemasSql, [matrixRoles, matrixSchemas])],
    [
      'Tables: r select, a insert, w update, d delete, D truncate, x references, t trigger',
      await rows(db, tablesSql, [
        matrixRoles,
        letters,
        Object.values(tablePrivileges),
        matrixSchemas,
      ]),
    ],
    [
      'Sequences: U usage, r select, w update',
      await rows(db, sequencesSql, [matrixRoles, matrixSchemas]),
    ],
    ['Functions: X execute', await rows(db, functionsSql, [matrixRoles, matrixSchemas])],
  ];
  return parts.map(([title, cells]) => `${title}\n${printPart(cells)}`).join('\n');
}

function printPart(cells: Cell[]): string {
  const names = new Map<string, Map<string, string>>();
  for (const { schema, name, role, privileges } of cells) {
    const key = `${schema}.${name}`;
    names.set(key, (names.get(key) ?? new Map<string, string>()).set(role, privileges));
  }
  const groups = new Map<string, string[]>();
  for (const [key, granted] of [...names].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const line = matrixRoles
      .filter((role) => granted.get(role))
      .map(
        (role) =>
          `${role.replace('waybill_', '').replace('test_nobody', 'PUBLIC')} ${granted.get(role)}`,
      )
      .join(', ');
    groups.set(line, [...(groups.get(line) ?? []), key]);
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([line, keys]) => `  ${line || '(nobody)'}\n${printNames(keys)}`)
    .join('');
}

/** One line each, so that branches that add names do not meet. */
function printNames(keys: string[]): string {
  return keys.map((key) => `    ${key}\n`).join('');
}
