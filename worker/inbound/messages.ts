/** Stored webhooks as the tasks see them. */
import type { CarrierCode } from '../../carriers/registry.ts';
import type { TaskContext } from '../context.ts';

export interface Message {
  merchantId: number;
  id: string;
  service: string;
  accountId: number;
  /** Whose scans, when it is a carrier's. */
  carrier: CarrierCode | null;
  topic: string;
  payload: unknown;
  receivedAt: Date;
}

/** Records what messages of one account say and settles them, all of it or nothing. */
export type Processor = (messages: Message[], context: TaskContext) => Promise<void>;

/** Settled: with what a human has to look at, if anything. */
export interface Settled {
  id: string;
  field?: string;
  reason?: string;
}

interface Row {
  id: string;
  service: string;
  account_id: number;
  carrier: CarrierCode | null;
  topic: string;
  body: Buffer;
  received_at: Date;
}

/** Those that nobody has settled yet. */
export async function readMessages(
  merchantId: number,
  ids: string[],
  { db }: TaskContext,
): Promise<Message[]> {
  const { rows } = await db.query<Row>('select * from app_private.read_messages($1, $2)', [
    merchantId,
    ids,
  ]);
  return rows.map((row) => ({
    merchantId,
    id: row.id,
    service: row.service,
    accountId: row.account_id,
    carrier: row.carrier,
    topic: row.topic,
    payload: payloadOf(row.body),
    receivedAt: row.received_at,
  }));
}

/** The server takes only JSON. What is none all the same is for the parsers to refuse, one message at a time. */
function payloadOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
