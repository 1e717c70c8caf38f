import type pg from 'pg';

import type { StreamState } from './cursor.ts';
import { toLiveEvent, type LiveEvent, type LiveRow } from './live-event.ts';

const columns = `t.position, t.merchant_id, t.store_id, t.order_id, t.public_id, t.seq,
  t.shipment_id, t.type, t.old_status, t.new_status, t.fulfilment_type, t.shipping_status,
  t.tracking_code, t.tracking_url, to_json(t.recorded_at)#>>'{}' as recorded_at`;

const readAll = {
  name: 'live-events',
  text: `select ${columns} from app_private.live_events($1, $2) t`,
};
const readStore = `select ${columns} from app_private.live_events_of_store($1, $2, $3, $4, $5) t`;
const readState = 'select stream, position, pruned_to from app_private.live_position()';

export const batchSize = 1000;

/** A connection that died without a word must not stop the reading for good. */
const queryTimeout = 10_000;

export async function readLiveEvents(
  pool: pg.Pool,
  stream: string,
  after: number,
): Promise<LiveEvent[]> {
  const query = { ...readAll, values: [after, batchSize], query_timeout: queryTimeout };
  const { rows } = await pool.query<LiveRow>(query);
  return rows.map((row) => toLiveEvent(stream, row));
}

export interface Missed {
  merchantId: number;
  storeId: number;
  after: number;
  upTo: number;
}

export async function readMissedEvents(
  pool: pg.Pool,
  stream: string,
  { merchantId, storeId, after, upTo }: Missed,
): Promise<LiveEvent[]> {
  const values = [merchantId, storeId, after, upTo, batchSize];
  const { rows } = await pool.query<LiveRow>(readStore, values);
  return rows.map((row) => toLiveEvent(stream, row));
}

interface StateRow {
  stream: string;
  position: string;
  pruned_to: string;
}

export async function readStreamState(pool: pg.Pool): Promise<StreamState> {
  const query = { text: readState, query_timeout: queryTimeout };
  const [row] = (await pool.query<StateRow>(query)).rows;
  if (!row) throw new Error('app_private.dispatch_cursor has no row');
  return {
    stream: row.stream,
    position: Number(row.position),
    prunedTo: Number(row.pruned_to),
  };
}
