import { z } from 'zod';
import type { TrackingScan } from '../tracking-scan.ts';
import { redact } from '../read-body.ts';
import { parcelStatus } from './codes.ts';
import { istMoment } from './times.ts';

const text = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => String(value ?? '').trim());

/** A scan in tracking answers and in the push, which name its place otherwise. */
export const scanSchema = z.object({
  Scan: text,
  ScanCode: text,
  ScanType: text,
  ScanGroupType: text,
  ScanDate: text,
  ScanTime: text,
  ScannedLocation: text,
  ScannedLocationCode: text,
  Comments: text,
});

export type ScanObject = z.output<typeof scanSchema>;

/** Null when the time cannot be read: such a scan has no place in the parcel's story. */
export function readScan(awb: string, said: ScanObject, isReturning = false): TrackingScan | null {
  const occurredAt = istMoment(said.ScanDate, said.ScanTime);
  if (occurredAt === null || said.Scan === '') return null;
  const { Scan, ScanCode: code, ScanType: type, ScanGroupType: group } = said;
  return {
    awb,
    status: parcelStatus({ type, group, code, text: Scan, isReturning }),
    // Codes repeat under other types: 000 is delivered to the customer, and to the shipper.
    carrierCode: [type, code].filter(Boolean).join('-'),
    carrierStatus: redact(Scan),
    occurredAt,
    location: said.ScannedLocation || said.ScannedLocationCode || null,
    // Couriers type phone numbers into the comment.
    remark: redact(said.Comments) || null,
  };
}

/** Blue Dart numbers no event, and its times end at the minute. */
export function scanKey(scan: TrackingScan): string {
  return [scan.awb, scan.occurredAt, scan.carrierCode, scan.carrierStatus].join('|');
}
