import { refusalBy } from '../failure.ts';
import type { Failure, RefusalRule } from '../failure.ts';
import { redact } from '../read-body.ts';

const hours = 3_600_000;

/**
 * Everything Delhivery is known to refuse with, each once, first match wins. The messages are ours,
 * because theirs repeat phone numbers and names.
 */
const rules: readonly RefusalRule[] = [
  {
    reason: /duplicate order ?id/,
    kind: 'exists',
    code: 'duplicate-order-id',
    message: 'Delhivery has this order reference already',
  },
  {
    // The documents advise to take another number: that would make a second parcel.
    reason: /duplicate waybill/,
    kind: 'exists',
    code: 'duplicate-waybill',
    message: 'This waybill has been manifested already',
  },
  {
    // Consumed before, or not of our series, or too fresh: only a look-up can tell.
    reason: /unable to consume waybill|wbn:? ?\S+ is not available/,
    kind: 'unknown',
    code: 'waybill-not-consumable',
    message: 'Delhivery does not take this waybill; it may have been used',
  },
  {
    reason: /client-?warehouse matching query does not exist|invalid pickup location/,
    kind: 'refused',
    code: 'warehouse-unknown',
    message: 'Delhivery does not know this pickup location',
    field: 'pickupLocation.name',
  },
  {
    reason: /client-?warehouse is not active|wrong\/inactive center/,
    kind: 'refused',
    code: 'warehouse-inactive',
    message: 'The pickup location is not active at Delhivery',
    field: 'pickupLocation.name',
  },
  {
    reason: /'nonetype' object has no attribute 'end_date'/,
    kind: 'account',
    code: 'account-not-configured',
    message: 'The token is of the other environment, or the account has run out',
  },
  {
    reason: /non[- ]?serviceable pincode/,
    kind: 'refused',
    code: 'pincode-not-serviceable',
    message: 'Delhivery does not serve this PIN code with this parcel',
    field: 'consignee.pincode',
  },
  {
    reason: /pin ?code is invalid/,
    kind: 'refused',
    code: 'pincode-invalid',
    message: 'Delhivery does not know this PIN code',
    field: 'consignee.pincode',
  },
  {
    // Of the account, but only for this way to pay: the other parcels must go on.
    reason: /package type .*not serviceable for this account/,
    kind: 'refused',
    code: 'payment-mode-not-serviceable',
    message: 'The account may not send parcels that are paid this way',
    field: 'payment.mode',
  },
  {
    // Opens again after midnight; until then another carrier may take it.
    reason: /exceeded the available capacity of this pincode/,
    kind: 'transient',
    code: 'pincode-capacity',
    message: 'The PIN code takes no more parcels today',
    retryAfterMs: 6 * hours,
  },
  {
    reason: /suspicious (?:order|consignee)/,
    kind: 'refused',
    code: 'suspicious-consignee',
    message: 'Delhivery takes the consignee for a test entry',
    field: 'consignee',
  },
  {
    reason: /incorrect phone number|no phone number provided/,
    kind: 'refused',
    code: 'phone-refused',
    message: 'Delhivery does not accept the phone number',
    field: 'consignee.phone',
  },
  {
    reason: /\badd is required/,
    kind: 'refused',
    code: 'address-missing',
    message: 'Delhivery misses the address',
    field: 'consignee.addressLines',
  },
  {
    reason: /consignee name not provided/,
    kind: 'refused',
    code: 'name-missing',
    message: 'Delhivery misses the name of the consignee',
    field: 'consignee.name',
  },
  {
    reason: /payment mode .*could not be standardi[sz]ed/,
    kind: 'refused',
    code: 'payment-mode-refused',
    message: 'Delhivery does not know the payment mode',
    field: 'payment.mode',
  },
  {
    reason: /oid does not pass the validator/,
    kind: 'refused',
    code: 'reference-refused',
    message: 'The order reference is longer than Delhivery allows',
    field: 'reference',
  },
  {
    reason: /insufficient balance/,
    kind: 'account',
    code: 'insufficient-balance',
    message: 'The Delhivery wallet is below its minimum',
  },
  {
    reason: /failure rate of the seller is very high/,
    kind: 'account',
    code: 'seller-stopped',
    message: 'Delhivery has stopped the account: too many failed pickups',
  },
  {
    reason: /client is not active|invalid client!?(?:$|[^a-z])|unable to fetch client name/,
    kind: 'account',
    code: 'client-inactive',
    message: 'Delhivery does not know the client name, or it is not active',
  },
  {
    reason: /shipment list contains no data/,
    kind: 'refused',
    code: 'empty-shipment-list',
    message: 'Delhivery found no shipment in the request',
  },
  {
    reason: /cannot be (?:cancelled|edited) in its current status/,
    kind: 'refused',
    code: 'already-collected',
    message: 'Delhivery has the parcel and no longer changes it',
  },
  {
    reason: /format key missing|'unicode' object has no attribute 'get'|unterminated string/,
    kind: 'refused',
    code: 'malformed-request',
    message: 'Delhivery could not read the request',
  },
  {
    reason: /enter waybill\/orderid|invalid count|count value should be/,
    kind: 'refused',
    code: 'malformed-request',
    message: 'Delhivery misses a value in the request',
  },
  {
    reason: /pickup date cannot be in past|pickup date .*(?:7|seven) days/,
    kind: 'refused',
    code: 'pickup-date-refused',
    message: 'Delhivery does not accept the pickup date',
    field: 'date',
  },
  {
    reason: /authentication credentials were not provided|login or api key required/,
    kind: 'account',
    code: 'authentication',
    message: 'Delhivery refuses the API token, or it belongs to the other environment',
  },
];

/** The refusal that a text is known to mean; null when it is none we know. */
export function knownRefusal(texts: readonly string[]): Failure | null {
  return refusalBy(rules, texts.map(unwrap));
}

/**
 * Why a booking was not confirmed. «Package might have been partially saved» stands behind plain
 * validation errors too, so it says nothing when the reason is known; a reason that we do not know
 * means that the parcel may exist.
 */
export function classifyRefusal(texts: readonly string[], values: readonly string[] = []): Failure {
  const known = knownRefusal(texts);
  if (known) return known;
  const mayBeSaved = texts.some((text) => /partially saved|might be saved/i.test(text));
  const message = redact(texts.map(unwrap).join(' | '), values) || 'No reason was given';
  return { kind: 'unknown', code: mayBeSaved ? 'partially-saved' : 'unclassified', message };
}

const boilerPlate = new RegExp(
  String.raw`^crashing while saving package due to exception\s*(.*?)[\s.]*` +
    String.raw`package might have been partially saved\.?$`,
  'is',
);

/** The reason inside «Crashing while saving package due to exception … partially saved.» */
export function unwrap(text: string): string {
  const inner = boilerPlate.exec(text.trim())?.[1];
  return inner === undefined ? text.trim() : inner.trim().replace(/^'([^']*)'$/, '$1');
}
