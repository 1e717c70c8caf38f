import { createHash } from 'node:crypto';

import { rows } from '../support/query.ts';
import type { Db } from '../support/query.ts';

interface Link {
  /** Microseconds since 2000-01-01 UTC, as texts: they do not fit a number. */
  times: string[];
  /** Fields that hold no blank, as texts; a null is empty. */
  plain: (string | null)[];
  /** Fields that may hold anything. */
  texts: (string | null)[];
  inputs: string;
  hash: Buffer;
}

const linksSql = `
  select hash, inputs::text as inputs, array[
    ((extract(epoch from occurred_at) - 946684800) * 1000000)::bigint::text,
    ((extract(epoch from recorded_at) - 946684800) * 1000000)::bigint::text
  ] as times, array[
    merchant_id::text, seq::text, order_id::text, shipment_id::text, xact_id::text,
    case when override then 't' else 'f' end
  ] as plain, array[
    type, from_status, to_status, actor_id, actor_role, reason, idempotency_key
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

function bytesOf({ times, plain, texts, inputs }: Link): Buffer {
  const fields = [...plain.map((field) => field ?? ''), ...texts.map(literal), inputs];
  return Buffer.concat([...times.map(int8), Buffer.from(fields.join(' '))]);
}

/** How PostgreSQL writes a text into SQL. */
function literal(field: string | null): string {
  if (field === null) return 'NULL';
  const mark = field.includes('\\') ? 'E' : '';
  return `${mark}'${field.replaceAll(/(['\\])/g, '$1$1')}'`;
}

function int8(value: string): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}
