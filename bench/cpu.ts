/** What processes cost in CPU, read from /proc: Linux only. */
import { readdir, readFile } from 'node:fs/promises';
import type pg from 'pg';
import { value } from '../sql-tests/support/query.ts';

/** Clock ticks a second, on Linux for as long as anybody remembers. */
const ticks = 100;

/** CPU milliseconds that a process has used, or with its children, living and ended: a whole cluster. */
export async function cpuMs(pid: number, withChildren = false): Promise<number> {
  const own = await readStat(pid);
  if (!own) throw new Error(`Process ${pid} is gone`);
  const alone = (own.own * 1000) / ticks;
  if (!withChildren) return alone;
  const living = (await childrenOf(pid)).reduce((sum, child) => sum + child.ms, 0);
  return alone + (own.ended * 1000) / ticks + living;
}

export async function childrenOf(pid: number): Promise<{ pid: number; ms: number }[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number);
  const children = [];
  for (const child of pids) {
    const stat = await readStat(child);
    if (stat?.parent === pid) children.push({ pid: child, ms: (stat.own * 1000) / ticks });
  }
  return children;
}

/** The process whose children are the backends. */
export function postmasterOf(admin: pg.Client): Promise<number> {
  return value<number>(
    admin,
    `select (regexp_match(pg_read_file('postmaster.pid'), '^[0-9]+'))[1]::integer as value`,
  );
}

async function readStat(pid: number) {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The name is in brackets and may hold anything.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  if (!fields) return undefined;
  const at = (n: number) => Number(fields[n - 3]); // as counted in proc(5)
  return { parent: at(4), own: at(14) + at(15), ended: at(16) + at(17) };
}
