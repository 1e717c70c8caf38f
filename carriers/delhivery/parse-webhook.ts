import { z } from 'zod';
import type { TrackingScan } from '../tracking-scan.ts';
import { readScan, scanKey, statusSchema } from './read-scan.ts';

export type ParsedScanPush =
  | { ok: true; reference: string | null; scans: TrackingScan[]; dedupeKey: string }
  | { ok: false; reason: string };

const id = z.union([z.string().min(1), z.number()]).transform(String);

const pushSchema = z.object({
  Shipment: z.object({
    AWB: id,
    ReferenceNo: id.nullish().catch(null),
    NSLCode: z.string().nullish().catch(null),
    Status: statusSchema,
  }),
});

/**
 * A pushed scan. The push is not signed and comes at most twice: it is a hint that the next poll
 * confirms, and the key keeps the two from counting as two events.
 */
export function parseScanPush(payload: unknown): ParsedScanPush {
  const parsed = pushSchema.safeParse(payload);
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.join('.') ?? '';
    return {
      ok: false,
      reason: `No scan push: ${where || 'the whole payload'} is not as expected`,
    };
  }
  const { AWB, ReferenceNo, NSLCode, Status } = parsed.data.Shipment;
  const scan = readScan(AWB, { ...Status, StatusCode: NSLCode ?? Status.StatusCode });
  if (!scan) return { ok: false, reason: 'The scan has no status or no readable time' };
  return { ok: true, reference: ReferenceNo ?? null, scans: [scan], dedupeKey: scanKey(scan) };
}
