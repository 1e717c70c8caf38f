import { createHash } from 'node:crypto';

import { rows } from '../support/query.ts';
import type { Db } from '../support/query.ts';

interface Link {
  merchant_id: number;
  order_id: string;
  seq: number;
  shipment_id: string | null;
  override: boolean;
  /** Microseconds since 2000-01-01 UTC, and the transaction: as texts, they do not fit a number. */
  longs: [string, string, string];
  texts: (string | null)[];
  inputs_text: string;
  hash: Buffer;
}

const linksSql = `
  select merchant_id, order_id, seq, shipment_id, override, hash, inputs::text as inputs_text, array[
    ((extract(epoch from occurred_at) - 946684800) * 1000000)::bigint::text,
    ((extract(epoch from recorded_at) - 946684800) * 1000000)::bigint::text,
    xact_id::text
  ] as longs, array[
    type, from_status, to_status, actor_id, actor_role, reason, idempotency_key
  ] as texts
  from app_public.order_events where order_id = $1 order by seq`;

/** Computes an order's chain anew; returns the first seq that does not fit, or null. */
export async function firstBrokenLink(db: Db, orderId: string): Promise<number | null> {
  let previous: Buffer = Buffer.alloc(0);
  for (const [at, link] of (await rows<Link>(db, linksSql, [orderId])).entries()) {
    const expected = createHash('sha256').update(bytesOf(previous, link)).digest();
    if (!expected.equals(link.hash)) return at + 1;
    previous = link.hash;
  }
  return null;
}

/** PostgreSQL's own numbers of its types. */
const oid = { bool: 16, bytea: 17, int4: 23, timestamptz: 1184, uuid: 2950, xid8: 5069 };

function bytesOf(previous: Buffer, link: Link): Buffer {
  const [occurredAt, recordedAt, xact] = link.longs;
  const fields: [number, Buffer | null][] = [
    [oid.bytea, previous],
    [oid.int4, int4(link.merchant_id)],
    [oid.uuid, uuid(link.order_id)],
    [oid.int4, int4(link.seq)],
    [oid.uuid, link.shipment_id === null ? null : uuid(link.shipment_id)],
    [oid.bool, Buffer.from([Number(link.override)])],
    [oid.timestamptz, int8(occurredAt)],
    [oid.timestamptz, int8(recordedAt)],
    [oid.xid8, int8(xact)],
    ...link.texts.map((text): [number, Buffer | null] => [
      oid.int4,
      text === null ? null : int4(Buffer.byteLength(text)),
    ]),
  ];
  return Buffer.concat([
    int4(fields.length),
    ...fields.flatMap(([type, bytes]) => [
      int4(type),
      int4(bytes?.length ?? -1),
      bytes ?? Buffer.alloc(0),
    ]),
    Buffer.from(link.texts.join('') + link.inputs_text), // join() writes nothing for null
  ]);
}

function uuid(id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex');
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
