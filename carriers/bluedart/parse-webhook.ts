import { z } from 'zod';
import type { TrackingScan } from '../tracking-scan.ts';
import { readScan, scanKey, scanSchema } from './read-scan.ts';

export type ParsedScanPush =
  | { ok: true; scans: TrackingScan[]; dedupeKey: string; unreadable: number }
  | { ok: false; reason: string };

const id = z.union([z.string().min(1), z.number()]).transform((value) => String(value).trim());
const listOrOne = z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]);

const pushSchema = z.object({
  statustracking: z.array(z.object({ Shipment: z.record(z.string(), z.unknown()) })).min(1),
});
const shipmentSchema = z.object({
  WaybillNo: id,
  Scans: z.object({ ScanDetail: listOrOne }).optional(),
});

/**
 * Pushed scans: flat in the Lite form, below `Scans.ScanDetail` in the others. The push is not
 * signed and may come four times in any order: it is a hint that the next poll confirms.
 */
export function parseScanPush(payload: unknown): ParsedScanPush {
  const parsed = pushSchema.safeParse(payload);
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.join('.') || 'the whole payload';
    return { ok: false, reason: `No scan push: ${where} is not as expected` };
  }
  const read = parsed.data.statustracking.flatMap(({ Shipment }) => readShipment(Shipment));
  const scans = read.filter((scan) => scan !== null);
  if (scans.length === 0) {
    return { ok: false, reason: 'No scan has a waybill, a status and a readable time' };
  }
  const dedupeKey = scans.map(scanKey).toSorted().join('\n');
  return { ok: true, scans, dedupeKey, unreadable: read.length - scans.length };
}

function readShipment(shipment: Record<string, unknown>): (TrackingScan | null)[] {
  const { data } = shipmentSchema.safeParse(shipment);
  if (data === undefined) return [null];
  const nested = data.Scans?.ScanDetail;
  const details = nested === undefined ? [shipment] : Array.isArray(nested) ? nested : [nested];
  return details.map((detail) => {
    const said = scanSchema.safeParse(detail).data;
    return said === undefined ? null : readScan(data.WaybillNo, said);
  });
}
