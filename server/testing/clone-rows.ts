import type pg from 'pg';

import { rows } from '../../sql-tests/support/query.ts';

interface Column {
  name: string;
  type: string;
  /** Part of a unique key, and neither what says whose row it is nor a word of a list. */
  own: boolean;
}

const columnsSql = `
  select quote_ident(a.attname) as name, a.atttypid::regtype::text as type,
    a.attname not in ('merchant_id', 'order_id', 'shipment_id')
    and a.attname !~ '(carrier|status|workflow|service|kind|type|role|channel|language|purpose)$'
    and exists (
      select from pg_index i where i.indrelid = a.attrelid and i.indisunique
        and a.attnum = any (i.indkey::smallint[])) as own
  from pg_attribute a
  where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
  order by a.attnum`;

const tablesSql = `
  select c.oid::regclass::text as name from pg_class c
  where c.relkind in ('r', 'p') and not c.relispartition
    and c.relnamespace = 'app_public'::regnamespace
    and exists (
      select from pg_attribute a where a.attrelid = c.oid and a.attname = 'merchant_id')`;

const dropChecks = `do $$ declare c record; begin
  for c in select conname, conrelid::regclass as of from pg_constraint
    where contype = 'c' and conrelid <> 0 and connamespace = 'app_public'::regnamespace and conparentid = 0 and coninhcount = 0
  loop execute format('alter table %s drop constraint %I', c.of, c.conname); end loop;
end $$`;

/**
 * Makes copies of every row of a merchant, alike in all but their keys: lists become long and full
 * of ties. As a superuser and past all triggers and checks, because no real history looks like this: for
 * a database that is dropped afterwards.
 */
export async function cloneRows(
  client: pg.Client,
  merchantId: number,
  times: number,
): Promise<void> {
  await client.query(dropChecks);
  await client.query('begin; set local session_replication_role = replica');
  for (const { name } of await rows<{ name: string }>(client, tablesSql)) {
    const columns = await rows<Column>(client, columnsSql, [name]);
    const names = columns.map((column) => column.name).join(', ');
    await client.query(
      `insert into ${name} (${names}) overriding system value
       select ${columns.map(valueOf).join(', ')} from ${name} t, generate_series(1, $2) n
       where t.merchant_id = $1 on conflict do nothing`,
      [merchantId, times],
    );
  }
  await client.query('commit');
}

/** Numbers are moved apart by more than any row has; the offset differs for each copy of a row. */
function valueOf({ name, type, own }: Column): string {
  if (!own) return `t.${name}`;
  if (type === 'uuid') return 'app_hidden.uuid_v7()';
  if (type === 'text') return `t.${name} || ' ' || n`;
  if (type === 'smallint') return `t.${name} + 100 * n`;
  return /^(integer|bigint)$/.test(type) ? `t.${name} + 1000 * n` : `t.${name}`;
}
