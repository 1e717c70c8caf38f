import { createHash } from 'node:crypto';

import { rows } from '../support/query.ts';
import type { Db } from '../support/query.ts';

interface Link {
  merchant_id: number;
  order_id: string;
  seq: number;
  /** Microseconds since 2000-01-01 UTC, and the transaction: as texts, they do not fit a number. */
  longs: string[];
  /** The fields that are hashed as the text of a row; null is null. */
  texts: (string | null)[];
  hash: Buffer;
}

const linksSql = `
  select merchant_id, order_id, seq, hash, array[
    ((extract(epoch from occurred_at) - 946684800) * 1000000)::bigint::text,
    ((extract(epoch from recorded_at) - 946684800) * 1000000)::bigint::text,
    xact_id::text
  ] as longs, array[
    shipment_id::text, type, from_status, to_status, actor_id, actor_role, reason, inputs::text,
    case when override then 't' else 'f' end, idempotency_key
  ] as texts
  from app_public.order_events where order_id = $1 order by seq`;

/** Computes an order's chain anew; returns the first seq that does not fit, or null. */
export async function firstBrokenLink(db: Db, orderId: string): Promise<number | null> {
  let previous: Buffer = Buffer.alloc(0);
  for (const [at, link] of (await rows<Link>(db, linksSql, [orderId])).entries()) {
    const expected = createHash('sha256').update(bytesOf(link)).update(previous).digest();
    if (!expected.equals(link.hash)) return at + 1;
    previous = link.hash;
  }
  return null;
}

function bytesOf({ merchant_id, order_id, seq, longs, texts }: Link): Buffer {
  const id = Buffer.from(order_id.replaceAll('-', ''), 'hex');
  const row = Buffer.from(`(${texts.map(rowField).join(',')})`);
  return Buffer.concat([int4(merchant_id), id, int4(seq), ...longs.map(int8), row]);
}

/** How PostgreSQL writes a field of a row. */
function rowField(field: string | null): string {
  if (field === null) return '';
  const needsQuotes = field === '' || /[",()\\\s]/.test(field);
  return needsQuotes ? `"${field.replaceAll(/(["\\])/g, '$1$1')}"` : field;
}

function int4(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int8(value: string): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}
