import type { ParcelStatus } from '../tracking-scan.ts';

export interface BlueDartStatus {
  /** UD, DL, RT, RD, NF; sometimes missing. */
  type: string;
  /** S, T, RT, RS; only the push says it for certain. */
  group: string;
  code: string;
  text: string;
  /** An earlier scan of the parcel was already on the way back. */
  isReturning?: boolean;
}

interface Rule {
  types?: readonly string[];
  code?: string;
  text?: RegExp;
  becomes: ParcelStatus | null;
}

/**
 * First match wins. Only `DL` with `000` is documented; the rest goes by words that have been seen in
 * public. What matches nothing is recorded and moves nothing.
 */
const forward: readonly Rule[] = [
  { types: ['dl'], code: '000', becomes: 'delivered' },
  // Another code under DL is a delivery of something else, such as of papers.
  { types: ['dl'], becomes: null },
  { text: /\blost\b|shipment destroyed/, becomes: 'lost' },
  // «Return/redirect initiated» is not here: redirected parcels reach the customer all the same.
  { text: /^rto\b|return(?:ed|ing)? to (?:shipper|origin)|to shipper$/, becomes: 'rto' },
  { text: /(?:awb|waybill|shipment) cancel/, becomes: 'cancelled' },
  // At the pickup or at the door: it is not said which.
  { text: /\brejected\b|return\/redirect/, becomes: null },
  // About the pickup, and none of it is a collection.
  {
    text: /pickup (?:has been )?(?:registered|cancel|not|employee|scheduled)|out to p\/u|booked|manifested|ready to des?patch/,
    becomes: null,
  },
  { text: /shipment picked ?up|pickup (?:done|completed)|\bpicked up\b/, becomes: 'handed_over' },
  { text: /out for delivery/, becomes: 'out_for_delivery' },
  // They name the reason and leave out that nothing was delivered.
  {
    text: /undelivered|not delivered|unable to deliver|delivery attempt|(?:cnee|consignee) (?:refused|not|shifted|unavailable|out)|no such consignee|address (?:incomplete|incorrect|wrong)|(?:premises|office|door|residence).* (?:closed|locked)|entry restricted|out of delivery area|shifted from the given/,
    becomes: 'undelivered',
  },
  {
    text: /further connected|shipment arrived|arrived at|arrival at|in ?transit|in-?scan|out-?scan|received at|rcvd at|departed|load\/vehicle|delivery (?:scheduled|on next|delayed)|network (?:delay|issue)|delay (?:expected|caused)|redirected/,
    becomes: 'in_transit',
  },
];

/** On the way back, everything is part of it until it is delivered again. */
const backward: readonly Rule[] = [
  { text: /\blost\b|shipment destroyed/, becomes: 'lost' },
  { code: '000', becomes: 'returned' },
  {
    text: /^(?:rto )?shipment delivered$|delivered (?:back )?to (?:shipper|origin)/,
    becomes: 'returned',
  },
  { becomes: 'rto' },
];

/** Our status for one of Blue Dart's; null when it moves nothing. */
export function parcelStatus({
  type,
  group,
  code,
  text,
  isReturning = false,
}: BlueDartStatus): ParcelStatus | null {
  const [givenType = '', givenGroup = '', givenText = ''] = [type, group, text].map((value) =>
    value.trim().toLowerCase(),
  );
  const isBack = isReturning || givenType === 'rt' || ['rt', 'rs'].includes(givenGroup);
  const rule = (isBack ? backward : forward).find(
    (candidate) =>
      (candidate.types === undefined || candidate.types.includes(givenType)) &&
      (candidate.code === undefined || candidate.code === code.trim()) &&
      (candidate.text === undefined || candidate.text.test(givenText)),
  );
  return rule?.becomes ?? null;
}
