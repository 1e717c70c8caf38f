import type pg from 'pg';

/** A pool or one connection. */
export type Db = Pick<pg.ClientBase, 'query'>;

export async function rows<T extends object>(
  db: Db,
  sql: string,
  values: unknown[] = [],
): Promise<T[]> {
  return (await db.query<T>(sql, values)).rows;
}

/** The only row of the answer. */
export async function one<T extends object>(
  db: Db,
  sql: string,
  values: unknown[] = [],
): Promise<T> {
  const [row, ...more] = await rows<T>(db, sql, values);
  if (row === undefined || more.length > 0) {
    throw new Error(`Not one row but ${row === undefined ? 0 : more.length + 1}: ${sql}`);
  }
  return row;
}

/** The only column, named `value`, of the only row. */
export async function value<T>(db: Db, sql: string, values: unknown[] = []): Promise<T> {
  return (await one<{ value: T }>(db, sql, values)).value;
}

export async function count(db: Db, from: string, values: unknown[] = []): Promise<number> {
  return value<number>(db, `select count(*)::integer as value from ${from}`, values);
}
