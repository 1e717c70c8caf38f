import type { LiveEvent } from './live-event.ts';

/** A status change as the customer may see it: nothing internal, nothing of anybody else. */
export interface CustomerEvent {
  publicId: string;
  oldStatus: string | null;
  newStatus: string | null;
  timestamp: string;
  fulfilmentType: string;
  shippingStatus: string | null;
  trackingCode: string | null;
  trackingUrl: string | null;
  /** The event's number within the order. */
  seq: number;
  cursor: string;
}

export function toCustomerEvent(event: LiveEvent): CustomerEvent {
  const { publicId, oldStatus, newStatus, timestamp, fulfilmentType } = event;
  const { shippingStatus, trackingCode, trackingUrl, seq } = event;
  return {
    publicId,
    oldStatus,
    newStatus,
    timestamp,
    fulfilmentType,
    shippingStatus,
    trackingCode,
    trackingUrl,
    seq,
    cursor: String(seq),
  };
}
