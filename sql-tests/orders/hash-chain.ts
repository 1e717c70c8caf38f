import { createHash } from 'node:crypto';

import { rows } from '../support/query.ts';
import type { Db } from '../support/query.ts';

interface Link {
  /** The event's fields as the texts that the hash covers; null is null. */
  fields: (string | null)[];
  hash: Buffer;
}

/** Event fields in the order of the hash, as JSON texts; times are seconds since 1970. */
const linksSql = `
  select array[
    merchant_id::text, to_json(order_id)::text, seq::text, to_json(shipment_id)::text,
    to_json(type)::text, to_json(from_status)::text, to_json(to_status)::text,
    to_json(actor_id)::text, to_json(actor_role)::text, to_json(reason)::text, inputs::text,
    override::text, to_json(idempotency_key)::text, extract(epoch from occurred_at)::text,
    extract(epoch from recorded_at)::text, to_json(xact_id::text)::text
  ] as fields, hash
  from app_public.order_events where order_id = $1 order by seq`;

/** Computes an order's chain anew; returns the first seq that does not fit, or null. */
export async function firstBrokenLink(db: Db, orderId: string): Promise<number | null> {
  let previous: Buffer = Buffer.alloc(0);
  for (const [at, { fields, hash }] of (await rows<Link>(db, linksSql, [orderId])).entries()) {
    const text = `[${fields.map((field) => field ?? 'null').join(', ')}]`;
    const expected = createHash('sha256').update(previous).update(text).digest();
    if (!expected.equals(hash)) return at + 1;
    previous = hash;
  }
  return null;
}
