import type { TrackingScan } from '../carriers/tracking-scan.ts';

/** Scans in the database's words: the input of `app_private.record_scans`. */
export function scanRows(scans: readonly TrackingScan[]): object[] {
  return scans.map((scan) => ({
    awb: scan.awb,
    status: scan.status,
    carrier_code: scan.carrierCode,
    carrier_status: scan.carrierStatus,
    occurred_at: scan.occurredAt,
    location: scan.location,
    remark: scan.remark,
  }));
}
