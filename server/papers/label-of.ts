import type pg from 'pg';

import type { PaperFile } from './routes.ts';

const labelSql = 'select awb as name, pdf from app_private.label_of($1)';

/** The label of a shipment, as the carrier made it or we did. */
export async function labelOf(pool: pg.Pool, id: string): Promise<PaperFile | undefined> {
  const { rows } = await pool.query<PaperFile>(labelSql, [id]);
  return rows[0];
}
