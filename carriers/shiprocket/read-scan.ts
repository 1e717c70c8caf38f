import { z } from 'zod';
import type { TrackingScan } from '../tracking-scan.ts';
import { istTime } from '../ist-time.ts';
import { redact } from '../read-body.ts';
import { parcelStatus } from './codes.ts';

const text = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => String(value ?? '').trim());

/** An entry of the history, in a poll and in a webhook. */
export const activitySchema = z.object({
  date: text,
  status: text,
  activity: text,
  location: text,
  'sr-status': text,
  'sr-status-label': text,
});

/** Null when the time cannot be read: such an entry has no place in the parcel's story. */
export function readScan(awb: string, said: z.output<typeof activitySchema>): TrackingScan | null {
  const occurredAt = istTime(said.date);
  if (occurredAt === null) return null;
  const { 'sr-status': code, 'sr-status-label': label } = said;
  return {
    awb,
    status: parcelStatus(code, label),
    carrierCode: code,
    // The courier's own code belongs to it: Shiprocket has no number for some of them.
    carrierStatus: [label === 'NA' ? '' : label, said.status].filter(Boolean).join(' '),
    occurredAt,
    location: said.location || null,
    // Couriers type names and phone numbers into it.
    remark: redact(said.activity) || null,
  };
}

/** The whole history comes each time, newest first: here each once and oldest first. */
export function readHistory(awb: string, entries: readonly unknown[]): TrackingScan[] {
  const scans = entries
    .map((entry) => activitySchema.safeParse(entry))
    .filter((entry) => entry.success)
    .map((entry) => readScan(awb, entry.data))
    .filter((scan) => scan !== null)
    // Of the same second the one that stands further down came first.
    .toReversed();
  const once = new Map(scans.map((scan) => [scanKey(scan), scan]));
  return [...once.values()].toSorted((a, b) => Date.parse(a.occurredAt) - Date.parse(b.occurredAt));
}

/** Nothing numbers an event: the key is made of what was read. */
export function scanKey(scan: TrackingScan): string {
  return [scan.awb, scan.occurredAt, scan.carrierCode, scan.carrierStatus].join('|');
}
