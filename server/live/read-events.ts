import type pg from 'pg';

import { toLiveEvent, type LiveEvent, type LiveRow } from './live-event.ts';

const readRows = `
  select e.cursor, e.xact_id, e.merchant_id, e.store_id, e.order_id, e.public_id, e.seq,
    e.old_status, e.new_status, e.fulfilment_type, to_json(e.recorded_at)#>>'{}' as recorded_at
  from app_private.live_events($1::xid8, $2) e`;

const batchSize = 1000;

export interface LiveBatch {
  events: LiveEvent[];
  /** The last transaction that these events hold in full. */
  upTo: bigint;
  /** There may be more. */
  full: boolean;
}

/**
 * The next events past a transaction, by whole transactions: the last one of a full batch may be
 * cut, so it is left for the next batch; one that fills a batch all by itself is read with a larger
 * one.
 */
export async function readLiveEvents(
  pool: pg.Pool,
  after: bigint,
  batch = batchSize,
): Promise<LiveBatch> {
  // A database where nothing was dispatched yet has its cursor at -1, which PostgreSQL would wrap
  // around.
  const { rows } = await pool.query<LiveRow>(readRows, [String(after < 0n ? 0n : after), batch]);
  const events = rows.map(toLiveEvent);
  const last = events.at(-1);
  if (!last) return { events, upTo: after, full: false };
  if (events.length < batch) return { events, upTo: last.xactId, full: false };
  const whole = events.filter((event) => event.xactId < last.xactId);
  const end = whole.at(-1);
  if (!end) return readLiveEvents(pool, after, batch * 4);
  return { events: whole, upTo: end.xactId, full: true };
}

export async function readLiveCursor(pool: pg.Pool): Promise<bigint> {
  const { rows } = await pool.query<{ at: string }>('select app_private.live_cursor() as at');
  return BigInt(rows[0]?.at ?? 0);
}
