/** One status change of one order, as the subscribers get it. */
export interface LiveEvent {
  merchantId: number;
  /** The writing transaction: events come in the order of these, whole transactions at a time. */
  xactId: bigint;
  orderId: string;
  publicId: string;
  /** Null when the order was just placed. As the database writes it. */
  oldStatus: string | null;
  newStatus: string;
  timestamp: string;
  fulfilmentType: string;
  storeId: number;
  seq: number;
  cursor: string;
}

export interface LiveRow {
  cursor: string;
  xact_id: string;
  merchant_id: number;
  store_id: number;
  order_id: string;
  public_id: string;
  seq: number;
  old_status: string | null;
  new_status: string;
  fulfilment_type: string;
  recorded_at: string;
}

export function toLiveEvent(row: LiveRow): LiveEvent {
  return {
    merchantId: row.merchant_id,
    xactId: BigInt(row.xact_id),
    orderId: row.order_id,
    publicId: row.public_id,
    oldStatus: row.old_status,
    newStatus: row.new_status,
    timestamp: row.recorded_at,
    fulfilmentType: row.fulfilment_type,
    storeId: row.store_id,
    seq: row.seq,
    cursor: row.cursor,
  };
}
