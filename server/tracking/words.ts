import type { TrackedOrder } from './track-order.ts';

/** What customers read. Our own words for statuses stay with us. */
interface Words {
  headline: string;
  detail: string;
  /** In the timeline. */
  step: string;
  /** How far along the bar. */
  place: number;
}

const received: Words = {
  headline: 'We have your order',
  detail: 'We are checking it and will get to work soon.',
  step: 'Order received',
  place: 0,
};
const confirmed: Words = {
  headline: 'Your order is confirmed',
  detail: 'It will be prepared next.',
  step: 'Confirmed',
  place: 1,
};
const packed: Words = {
  headline: 'Your order is being packed',
  detail: 'It leaves us soon.',
  step: 'Being packed',
  place: 2,
};
const shipped: Words = {
  headline: 'Your order has shipped!',
  detail: 'The carrier is bringing it to you.',
  step: 'Shipped',
  place: 3,
};

const byStatus: Readonly<Record<string, Words>> = {
  received,
  pending: received,
  validated: { ...confirmed, step: 'Checked' },
  accepted: confirmed,
  assigned: { ...confirmed, step: 'Carrier chosen' },
  packing: packed,
  labelled: { ...packed, step: 'Packed' },
  shipped,
  dispatched: shipped,
  delivered: {
    headline: 'Your order was delivered',
    detail: 'Enjoy it!',
    step: 'Delivered',
    place: 4,
  },
  in_progress: {
    headline: 'Your order is being prepared',
    detail: 'We tell you here when it is ready.',
    step: 'Being prepared',
    place: 2,
  },
  ready: {
    headline: 'Your order is ready for pickup',
    detail: 'Come by and collect it.',
    step: 'Ready for pickup',
    place: 3,
  },
  completed: {
    headline: 'You collected your order',
    detail: 'Enjoy it!',
    step: 'Collected',
    place: 4,
  },
  cancelled: {
    headline: 'Your order was cancelled',
    detail: 'If you did not expect this, please contact the shop.',
    step: 'Cancelled',
    place: -1,
  },
  returned: {
    headline: 'Your order is back with us',
    detail: 'It could not be delivered. The shop will contact you.',
    step: 'Returned to the shop',
    place: -1,
  },
};

export function wordsOf(status: string): Words {
  return byStatus[status] ?? { ...received, step: status.replaceAll('_', ' ') };
}

const bars: Readonly<Record<string, readonly string[]>> = {
  shipping: ['Ordered', 'Confirmed', 'Packed', 'Shipped', 'Delivered'],
  pickup: ['Ordered', 'Confirmed', 'Prepared', 'Ready', 'Collected'],
};

export function barOf({ fulfilmentType }: TrackedOrder): readonly string[] {
  return bars[fulfilmentType] ?? bars.shipping ?? [];
}

const parcelWords: Readonly<Record<string, string>> = {
  handed_over: 'With the carrier',
  in_transit: 'On its way',
  out_for_delivery: 'Out for delivery',
  delivered: 'Delivered',
  undelivered: 'Could not be delivered yet; the carrier tries again',
  rto: 'On its way back to the shop',
  returned: 'Back at the shop',
  lost: 'The carrier is looking for it',
};

export function parcelWordsOf(status: string): string {
  return parcelWords[status] ?? 'On its way';
}
