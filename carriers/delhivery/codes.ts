import type { ParcelStatus } from '../tracking-scan.ts';

export interface DelhiveryStatus {
  /** UD, RT, DL, PP, PU, CN; sometimes missing. */
  type: string;
  status: string;
  /** `StatusCode` in tracking, `NSLCode` in the scan push. */
  code: string;
}

interface Rule {
  type?: string;
  status?: string;
  code?: RegExp;
  becomes: ParcelStatus | null;
}

/**
 * Each of Delhivery's statuses once, first match wins. Reverse pickups (PP, PU, CN, DTO) are
 * parcels that we never book; they and everything unknown move nothing.
 */
const rules: readonly Rule[] = [
  { status: 'lost', becomes: 'lost' },
  { type: 'dl', status: 'delivered', becomes: 'delivered' },
  // Under DL like a delivery, but it went back to the seller.
  { type: 'dl', status: 'rto', becomes: 'returned' },
  { type: 'dl', becomes: null },
  { type: 'rt', becomes: 'rto' },
  // The seller's own cancellation shows up as a parcel that was never picked up.
  { type: 'ud', status: 'not picked', code: /^DTUP-210$/, becomes: 'cancelled' },
  { type: 'ud', status: 'not picked', becomes: null },
  { type: 'ud', code: /^X-PPOM$/, becomes: 'handed_over' },
  { type: 'ud', status: 'manifested', becomes: null },
  { type: 'ud', status: 'in transit', becomes: 'in_transit' },
  { type: 'ud', status: 'dispatched', becomes: 'out_for_delivery' },
  // EOD-* closes a courier's round: the parcel was out and came back. Without, it is at the hub.
  { type: 'ud', status: 'pending', code: /^EOD-/, becomes: 'undelivered' },
  { type: 'ud', status: 'pending', becomes: 'in_transit' },
];

/** Our status for one of Delhivery's; null when it moves nothing. */
export function parcelStatus({ type, status, code }: DelhiveryStatus): ParcelStatus | null {
  const [givenType, givenStatus] = [type, status].map((value) => value.trim().toLowerCase());
  const givenCode = code.trim().toUpperCase();
  const rule = rules.find(
    (candidate) =>
      (candidate.type === undefined || candidate.type === givenType) &&
      (candidate.status === undefined || candidate.status === givenStatus) &&
      (candidate.code === undefined || candidate.code.test(givenCode)),
  );
  return rule?.becomes ?? null;
}
