import { formatCursor } from './cursor.ts';

/** One thing that happened to one order or one of its boxes, as the live channels know it. */
export interface LiveEvent {
  /** The same event is the same text everywhere: what a subscriber passes as `after`. */
  cursor: string;
  position: number;
  merchantId: number;
  storeId: number;
  orderId: string;
  publicId: string;
  /** Counts from 1 within the order. */
  seq: number;
  /** Set when it is about one box. */
  shipmentId: string | null;
  type: string;
  /** Statuses as the database writes them; null when nothing was moved, or the order began. */
  oldStatus: string | null;
  newStatus: string | null;
  timestamp: string;
  fulfilmentType: string;
  /** What the event made of the order's shipping status; null when it left it alone. */
  shippingStatus: string | null;
  trackingCode: string | null;
  trackingUrl: string | null;
}

export interface LiveRow {
  position: string;
  merchant_id: number;
  store_id: number;
  order_id: string;
  public_id: string;
  seq: number;
  shipment_id: string | null;
  type: string;
  old_status: string | null;
  new_status: string | null;
  fulfilment_type: string;
  shipping_status: string | null;
  tracking_code: string | null;
  tracking_url: string | null;
  recorded_at: string;
}

export function toLiveEvent(stream: string, row: LiveRow): LiveEvent {
  const position = Number(row.position);
  return {
    cursor: formatCursor({ stream, position }),
    position,
    merchantId: row.merchant_id,
    storeId: row.store_id,
    orderId: row.order_id,
    publicId: row.public_id,
    seq: row.seq,
    shipmentId: row.shipment_id,
    type: row.type,
    oldStatus: row.old_status,
    newStatus: row.new_status,
    timestamp: row.recorded_at,
    fulfilmentType: row.fulfilment_type,
    shippingStatus: row.shipping_status,
    trackingCode: row.tracking_code,
    trackingUrl: row.tracking_url,
  };
}

/** What each channel tells. One event may be told by several: shipping an order moves it too. */
export type Wanted = (event: LiveEvent) => boolean;

export const isStatusChange: Wanted = ({ shipmentId, newStatus }) =>
  shipmentId === null && newStatus !== null;

export const isCreation: Wanted = ({ type }) => type === 'order_placed';

export const isShipping: Wanted = ({ shipmentId, shippingStatus }) =>
  shipmentId !== null || shippingStatus !== null;
