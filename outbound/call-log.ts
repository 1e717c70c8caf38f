/** The log of the calls, which feeds the circuit breaker: what ended at the same time is one statement. */
import type { Pool } from 'pg';
import { Batches } from '../database/batches.ts';

const most = 20;
const logs = new WeakMap<Pool, Batches<object, void>>();

/** Resolves when the row of the call is committed. */
export function logCall(db: Pool, merchantId: number, row: object): Promise<void> {
  let log = logs.get(db);
  if (log === undefined) {
    log = new Batches<object, void>(async (merchant, rows) => {
      await db.query('select app_private.record_calls($1, $2)', [
        Number(merchant),
        JSON.stringify(rows),
      ]);
    }, most);
    logs.set(db, log);
  }
  return log.add(String(merchantId), row);
}
