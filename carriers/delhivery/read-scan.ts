import { z } from 'zod';
import type { TrackingScan } from '../tracking-scan.ts';
import { parcelStatus } from './codes.ts';
import { istTime } from '../ist-time.ts';
import { redact } from '../read-body.ts';

const text = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => String(value ?? ''));

/** Delhivery's status object: in tracking answers, and in the scan push (there without a code). */
export const statusSchema = z.object({
  Status: text,
  StatusType: text,
  StatusCode: text,
  StatusDateTime: text,
  StatusLocation: text,
  Instructions: text,
});

export type StatusObject = z.output<typeof statusSchema>;

/** Null when the time cannot be read: such a scan has no place in the parcel's story. */
export function readScan(awb: string, said: StatusObject): TrackingScan | null {
  const occurredAt = istTime(said.StatusDateTime);
  if (occurredAt === null || said.Status.trim() === '') return null;
  const { Status: status, StatusType: type, StatusCode: code } = said;
  return {
    awb,
    status: parcelStatus({ type, status, code }),
    carrierCode: code.trim(),
    // The type belongs to it: «In Transit» is forward under UD and on its way back under RT.
    carrierStatus: `${type.trim()} ${status.trim()}`.trim(),
    occurredAt,
    location: said.StatusLocation.trim() || null,
    // Couriers type phone numbers into the remark.
    remark: redact(said.Instructions) || null,
  };
}

/**
 * Delhivery numbers no event. The same scan comes by push and by poll, with more or fewer fraction
 * digits: the key is made of what we read, not of what was written.
 */
export function scanKey(scan: TrackingScan): string {
  return [scan.awb, scan.occurredAt, scan.carrierCode, scan.carrierStatus].join('|');
}
