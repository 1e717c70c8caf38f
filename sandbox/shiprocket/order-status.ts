import type { SrOrder } from './records.ts';

/** An order's own status, which is another enumeration than its shipment's. */
export function orderStatus(order: SrOrder): { text: string; code: number } {
  if (order.cancelledAt !== null) return { text: 'CANCELED', code: 5 };
  if (order.cancelRequestedAt !== null) return { text: 'CANCELLATION REQUESTED', code: 16 };
  const last = order.scans.at(-1)?.srStatus;
  if (last === '7') return { text: 'DELIVERED', code: 7 };
  if (last !== undefined && last !== 'NA') return { text: 'SHIPPED', code: 6 };
  if (order.pickupToken !== null) return { text: 'PICKUP SCHEDULED', code: 4 };
  if (order.awb !== null) return { text: 'READY TO SHIP', code: 3 };
  return { text: 'NEW', code: 1 };
}

/** `shipment_status` of a shipment: what was scanned last, else how far its papers are. */
export function shipmentStatus(order: SrOrder): { text: string; code: number } {
  const last = order.scans.findLast(({ srStatus }) => srStatus !== 'NA');
  if (last !== undefined) return { text: last.label, code: Number(last.srStatus) };
  if (order.pickupToken !== null) return { text: 'PICKUP SCHEDULED', code: 3 };
  return order.awb === null ? { text: '', code: 0 } : { text: 'AWB ASSIGNED', code: 1 };
}
