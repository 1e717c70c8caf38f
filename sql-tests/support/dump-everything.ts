import { rows } from './query.ts';
import type { Db } from './query.ts';

/** A row of any table, as texts: bytes are read as UTF-8 and as base64 too. */
export interface DumpedRow {
  table: string;
  text: string;
}

/**
 * Every row of every table of the database, whoever owns it, also graphile-worker's. As a superuser,
 * who sees all of it.
 */
export async function dumpEverything(db: Db): Promise<DumpedRow[]> {
  const tables = await rows<{ table: string }>(
    db,
    `select c.oid::regclass::text as table from pg_class c
     join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'm') and n.nspname not like 'pg\\_%'
       and n.nspname <> 'information_schema'
     order by 1`,
  );
  const dumped: DumpedRow[] = [];
  for (const { table } of tables) {
    const found = await rows<Record<string, unknown>>(db, `select * from ${table}`);
    dumped.push(
      ...found.map((row) => ({ table, text: Object.values(row).map(textOf).join('\n') })),
    );
  }
  return dumped;
}

function textOf(value: unknown): string {
  if (Buffer.isBuffer(value)) return value.toString('utf8');
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'object' && value !== null) return JSON.stringify(value);
  return decoded(String(value));
}

/** WhatsApp's message ids are base64 with a phone inside. */
function decoded(text: string): string {
  const [, inner] = /^wamid\.([A-Za-z0-9+/=]+)$/.exec(text) ?? [];
  return inner === undefined ? text : `${text}\n${Buffer.from(inner, 'base64').toString('latin1')}`;
}

/** The tables in which one of some words stands, each once, with the word. */
export function findWords(dumped: readonly DumpedRow[], words: readonly string[]): string[] {
  const found = dumped.flatMap(({ table, text }) => {
    const small = text.toLowerCase();
    const digits = text.replace(/[\s()+.-]/g, '');
    return words
      .filter((word) => small.includes(word.toLowerCase()) || digits.includes(word))
      .map((word) => `${table}: ${word}`);
  });
  return [...new Set(found)].sort();
}
