import type { HttpAnswer } from '../../outbound/outcome.ts';
import { refusalBy, unreadable } from '../failure.ts';
import type { Failure, RefusalRule } from '../failure.ts';
import { redact } from '../read-body.ts';
import { serverFailure } from './http-failure.ts';
import type { SaidError } from './read-error.ts';

/**
 * Everything Shiprocket is known to refuse with, each once, first match wins. The messages are ours,
 * because theirs repeat what was sent.
 */
const rules: readonly RefusalRule[] = [
  {
    reason: /order id has already been taken/,
    kind: 'exists',
    code: 'order-id-taken',
    message: 'Shiprocket has this order id already',
  },
  {
    // Also at HTTP 500, with and without the number.
    reason: /awb is already assigned|cannot reassign courier/,
    kind: 'exists',
    code: 'awb-already-assigned',
    message: 'The shipment has an AWB already',
  },
  {
    reason: /cancell?ed state|order (?:is|was|has been) (?:already )?cancell?ed/,
    kind: 'refused',
    code: 'order-cancelled',
    message: 'The order was cancelled at Shiprocket',
  },
  {
    reason: /insufficient (?:amount|balance|wallet)|recharge/,
    kind: 'account',
    code: 'insufficient-balance',
    message: 'The Shiprocket wallet is too low for this label',
  },
  {
    reason: /wrong pickup location/,
    kind: 'refused',
    code: 'pickup-location-unknown',
    message: 'Shiprocket does not know this pickup location',
    field: 'pickupLocation',
  },
  {
    reason: /channel id does not exist/,
    kind: 'refused',
    code: 'channel-unknown',
    message: 'Shiprocket does not know the channel',
  },
  {
    reason: /sku cannot be repeated/,
    kind: 'refused',
    code: 'sku-repeated',
    message: 'An article stands on two lines of the order',
    field: 'lines',
  },
  {
    reason: /hsn should be numeric/,
    kind: 'refused',
    code: 'hsn-refused',
    message: 'Shiprocket does not accept the HSN code',
    field: 'lines',
  },
  {
    reason: /not in ndr/,
    kind: 'refused',
    code: 'not-in-ndr',
    message: 'There is no failed attempt to act on any more',
  },
  {
    reason: /cannot cancel/,
    kind: 'refused',
    code: 'cancel-refused',
    message: 'The order can no longer be cancelled',
  },
];

/** Where a person finds the field that Shiprocket names. */
const fields: readonly [RegExp, string][] = [
  [/pincode/, 'consignee.pincode'],
  [/phone/, 'consignee.phone'],
  [/email/, 'consignee.email'],
  [/city/, 'consignee.city'],
  [/state/, 'consignee.state'],
  [/address/, 'consignee.addressLines'],
  [/customer_name/, 'consignee.name'],
  [/order_items/, 'lines'],
  [/payment|sub_total/, 'payment'],
  [/^(?:length|breadth|height)$/, 'dimensions'],
  [/^weight$/, 'weightGrams'],
  [/pickup_date/, 'date'],
  [/pickup_location/, 'pickupLocation'],
  [/order_id/, 'reference'],
];

export function knownRefusal({ texts }: SaidError): Failure | null {
  return refusalBy(rules, texts);
}

/** What is sure of an effect that brought no result; null: refused, in words that we do not know. */
export function effectFailure(answer: HttpAnswer, error: SaidError): Failure | null {
  const sure = knownRefusal(error) ?? serverFailure(answer, 'effect');
  if (sure !== null || answer.status >= 400) return sure;
  return unreadable(answer, 'effect');
}

/** A refusal that we do not know by its words: what we sent it about is named, not repeated. */
export function refusalOf(error: SaidError, code: string, values: readonly string[] = []): Failure {
  const message = redact(error.texts.join(' | '), values) || 'No reason was given';
  const named = error.fields.map(fieldOf).find((field) => field !== null);
  return { kind: 'refused', code, message, ...(named == null ? {} : { field: named }) };
}

function fieldOf(name: string): string | null {
  return fields.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}
