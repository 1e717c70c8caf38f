import { z } from 'zod';
import { redact } from '../read-body.ts';
import { istTime } from '../ist-time.ts';
import type { TrackingScan } from '../tracking-scan.ts';
import { parcelStatus } from './codes.ts';
import { readHistory, scanKey } from './read-scan.ts';

export type ParsedScanPush =
  | { ok: true; orderId: number | null; scans: TrackingScan[]; dedupeKey: string }
  | { ok: false; reason: string };

const pushSchema = z.object({
  awb: z.union([z.string().min(1), z.number()]).transform(String),
  // Ours comes with something added to it: it is not read.
  sr_order_id: z.coerce.number().nullish().catch(null),
  // Not `current_status_id`: that is another enumeration.
  shipment_status_id: z.union([z.string(), z.number()]).transform(String),
  shipment_status: z.string().nullish(),
  current_status: z.string().nullish(),
  current_timestamp: z.string().nullish().catch(null),
  scans: z.array(z.unknown()).nullish().catch(null),
});

/**
 * A pushed status with the whole history. It is not signed and may come late, twice or never: a
 * hint that the next poll confirms.
 */
export function parseScanPush(payload: unknown): ParsedScanPush {
  const parsed = pushSchema.safeParse(payload);
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.join('.') ?? '';
    return { ok: false, reason: `No status push: ${where || 'the payload'} is not as expected` };
  }
  const { awb, sr_order_id: orderId } = parsed.data;
  const history = readHistory(awb, parsed.data.scans ?? []);
  const scans = history.length > 0 ? history : currentOnly(parsed.data);
  const last = scans.at(-1);
  if (last === undefined) return { ok: false, reason: 'The push has no readable time' };
  return { ok: true, orderId: orderId ?? null, scans, dedupeKey: scanKey(last) };
}

/** A push without a history still says where the parcel is. */
function currentOnly(push: z.output<typeof pushSchema>): TrackingScan[] {
  const occurredAt = istTime(spacedToIso(push.current_timestamp ?? ''));
  if (occurredAt === null) return [];
  const label = push.shipment_status ?? push.current_status ?? '';
  const { awb, shipment_status_id: code } = push;
  return [
    {
      awb,
      status: parcelStatus(code, label),
      carrierCode: code,
      carrierStatus: redact(label),
      occurredAt,
      location: null,
      remark: null,
    },
  ];
}

/** `08 01 2026 11:43:52` is the eighth of January. */
function spacedToIso(text: string): string {
  return text.trim().replace(/^(\d{2}) (\d{2}) (\d{4}) /, '$3-$2-$1 ');
}
