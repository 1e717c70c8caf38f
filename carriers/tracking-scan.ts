/** The statuses of a shipment's own path, in the database's words. */
export type ParcelStatus =
  | 'planned'
  | 'labelled'
  | 'handed_over'
  | 'in_transit'
  | 'out_for_delivery'
  | 'undelivered'
  | 'delivered'
  | 'rto'
  | 'returned'
  | 'lost'
  | 'cancelled';

/** One thing a carrier says to have happened to a parcel. */
export interface TrackingScan {
  awb: string;
  /** Null: recorded, but it moves nothing (or we do not know the code). */
  status: ParcelStatus | null;
  /** The carrier's own code and words, as they came. */
  carrierCode: string;
  carrierStatus: string;
  /** ISO 8601 with an offset. */
  occurredAt: string;
  location: string | null;
  remark: string | null;
}

/** Everything a carrier said about several parcels. */
export function scansOf(tracked: {
  shipments: readonly { scans: readonly TrackingScan[] }[];
}): TrackingScan[] {
  return tracked.shipments.flatMap(({ scans }) => scans);
}
