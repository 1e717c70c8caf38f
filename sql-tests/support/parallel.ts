import type pg from 'pg';

import type { TestDatabase } from './database.ts';
import { codeOf } from './outcome.ts';
import { value } from './query.ts';
import type { Db } from './query.ts';

/** One transaction that commits. */
export async function committed<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

/**
 * Does the same thing many times over so many connections at once, each time in a transaction of
 * its own; returns the outcome of each.
 */
export async function inParallel(
  database: TestDatabase,
  connections: number,
  times: number,
  work: (client: pg.Client, at: number) => Promise<unknown>,
): Promise<string[]> {
  const clients = await Promise.all(Array.from({ length: connections }, () => database.connect()));
  const codes: string[] = [];
  let next = 0;
  await Promise.all(
    clients.map(async (client) => {
      for (let at = next++; at < times; at = next++) {
        codes.push(await codeOf(committed(client, () => work(client, at))));
      }
    }),
  );
  await Promise.all(clients.map((client) => client.end()));
  return codes;
}

export function backendOf(client: pg.Client): Promise<number> {
  return value<number>(client, 'select pg_backend_pid() as value');
}

/** Waits until the server says that this connection waits for a lock. */
export async function untilBlocked(db: Db, backend: number): Promise<void> {
  const sql = 'select cardinality(pg_blocking_pids($1)) > 0 as value';
  const deadline = Date.now() + 5_000;
  while (!(await value<boolean>(db, sql, [backend]))) {
    if (Date.now() > deadline) throw new Error('The connection waits for nobody');
  }
}
