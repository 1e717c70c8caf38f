import type { ParcelStatus } from '../tracking-scan.ts';

/**
 * Each `shipment_status` of Shiprocket once, by its number; null moves nothing. Its order status
 * and `current_status_id` are other enumerations, in which the same numbers mean other things.
 */
export const statuses: ReadonlyMap<number, readonly [label: string, ParcelStatus | null]> = new Map(
  [
    [1, ['AWB Assigned', null]],
    [2, ['Label Generated', null]],
    [3, ['Pickup Scheduled', null]],
    [4, ['Pickup Queued', null]],
    [5, ['Manifest Generated', null]],
    [6, ['Shipped', 'in_transit']],
    [7, ['Delivered', 'delivered']],
    [8, ['Cancelled', 'cancelled']],
    [9, ['RTO Initiated', 'rto']],
    [10, ['RTO Delivered', 'returned']],
    [11, ['Pending', null]],
    [12, ['Lost', 'lost']],
    [13, ['Pickup Error', null]],
    [14, ['RTO Acknowledged', 'rto']],
    [15, ['Pickup Rescheduled', null]],
    // Asked for and not done: the parcel may still be collected.
    [16, ['Cancellation Requested', null]],
    [17, ['Out For Delivery', 'out_for_delivery']],
    [18, ['In Transit', 'in_transit']],
    [19, ['Out For Pickup', null]],
    [20, ['Pickup Exception', null]],
    [21, ['Undelivered', 'undelivered']],
    [22, ['Delayed', 'in_transit']],
    // Some of it came back: nobody but a person can say what the order is now.
    [23, ['Partial Delivered', null]],
    [24, ['Destroyed', 'lost']],
    [25, ['Damaged', null]],
    [26, ['Fulfilled', null]],
    [27, ['Pickup Booked', null]],
    [38, ['Reached Destination Hub', 'in_transit']],
    [39, ['Misrouted', 'in_transit']],
    [40, ['RTO NDR', 'rto']],
    [41, ['RTO OFD', 'rto']],
    [42, ['Picked Up', 'handed_over']],
    [43, ['Self Fulfilled', null]],
    [44, ['Disposed Off', 'lost']],
    [45, ['Cancelled Before Dispatched', 'cancelled']],
    [46, ['RTO In Transit', 'rto']],
    [47, ['QC Failed', null]],
    [48, ['Reached Warehouse', 'in_transit']],
    [49, ['Custom Cleared', 'in_transit']],
    [50, ['In Flight', 'in_transit']],
    [51, ['Handover to Courier', 'handed_over']],
    [52, ['Shipment Booked', null]],
    [59, ['Box Packing', null]],
    [60, ['FC Allocated', null]],
    [61, ['Picklist', null]],
    [62, ['Ready To Pack', null]],
    [63, ['Packed', null]],
    [67, ['FC Manifest', null]],
    [68, ['Processed at WH', null]],
    [71, ['Handover Exception', null]],
    [72, ['Packed Exception', null]],
    [75, ['RTO Lock', 'rto']],
    [76, ['Untraceable', null]],
    [77, ['Issue with recipient', 'undelivered']],
    [78, ['Reached Back at Seller City', 'rto']],
  ],
);

/** For entries without a number («NA»): the words, of which only the safe ones count. */
const byWords: readonly [RegExp, ParcelStatus][] = [
  [/^rto.*delivered$/, 'returned'],
  [/^rto\b/, 'rto'],
  [/^undelivered/, 'undelivered'],
  [/^out for delivery/, 'out_for_delivery'],
  [/^in transit/, 'in_transit'],
  [/^picked up/, 'handed_over'],
];

/** Our status for one of Shiprocket's; null when it moves nothing. Never «delivered» by a guess. */
export function parcelStatus(code: string, label: string): ParcelStatus | null {
  const known = /^\d+$/.test(code.trim()) ? statuses.get(Number(code)) : undefined;
  if (known !== undefined) return known[1];
  const words = label.trim().toLowerCase().replace(/[-_]+/g, ' ');
  return byWords.find(([pattern]) => pattern.test(words))?.[1] ?? null;
}
