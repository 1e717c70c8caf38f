import { refusal } from '../errors/refusal.ts';
import type { LiveEvent } from './live-event.ts';

/**
 * A place in the stream of events: transaction, order, seq; the order in which they are delivered.
 */
export interface Cursor {
  xactId: bigint;
  orderId: string;
  seq: number;
}

export function parseCursor(text: string): Cursor {
  const parts = /^(\d{1,19})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(\d{1,9})$/.exec(text);
  const [, xactId = '', orderId = '', seq = ''] = parts ?? [];
  if (!parts) throw refusal('INVALID_INPUT', 'This is no cursor of an event.', { field: 'after' });
  return { xactId: BigInt(xactId), orderId, seq: Number(seq) };
}

/** Uuids in their canonical form compare as texts like PostgreSQL compares them as uuids. */
export function isAfter(
  event: Pick<LiveEvent, 'xactId' | 'orderId' | 'seq'>,
  cursor: Cursor,
): boolean {
  if (event.xactId !== cursor.xactId) return event.xactId > cursor.xactId;
  if (event.orderId !== cursor.orderId) return event.orderId > cursor.orderId;
  return event.seq > cursor.seq;
}
