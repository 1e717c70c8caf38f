import pg from 'pg';

import type { Db } from './query.ts';

export interface Outcome {
  /** `ok`, or the SQLSTATE. */
  code: string;
  /** What a refusal says beside its code. */
  facts: Record<string, unknown>;
  message: string;
}

/** What became of a statement that may be refused. Anything but a database error is thrown on. */
export async function outcomeOf(work: Promise<unknown>): Promise<Outcome> {
  try {
    await work;
    return { code: 'ok', facts: {}, message: '' };
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    return { code: error.code ?? '', facts: factsOf(error.detail), message: error.message };
  }
}

export async function codeOf(work: Promise<unknown>): Promise<string> {
  return (await outcomeOf(work)).code;
}

/** Tries something inside a transaction and undoes it, whether or not it worked. */
export async function tryOut(db: Db, work: () => Promise<unknown>): Promise<Outcome> {
  await db.query('savepoint try_out');
  try {
    return await outcomeOf(work());
  } finally {
    await db.query('rollback to savepoint try_out');
    await db.query('release savepoint try_out');
  }
}

/** How often each outcome occurs, such as `{ ok: 1, WB002: 99 }`. */
export function tally(codes: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const code of codes) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

function factsOf(detail: string | undefined): Record<string, unknown> {
  if (!detail?.startsWith('{')) return {};
  return JSON.parse(detail) as Record<string, unknown>; // refuse() writes an object
}
