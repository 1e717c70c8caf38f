import { refusalBy } from '../failure.ts';
import type { Failure, RefusalRule } from '../failure.ts';
import { spoken } from './read-answer.ts';

/** What Blue Dart is known to refuse with, each once, first match wins. The messages are ours. */
const rules: readonly RefusalRule[] = [
  {
    // Also their answer to a profile without all its fields: it says nothing about an effect.
    reason: /object reference not set/,
    kind: 'unknown',
    code: 'null-reference',
    message: 'Blue Dart misses a field, or the envelope is in the wrong case',
  },
  {
    reason:
      /unauthori[sz]ed ?user|userdoesnotexist|user does not exist|requestauthenticationfailed/,
    kind: 'account',
    code: 'authentication',
    message: 'Blue Dart refuses the login id or licence key, or they are of another environment',
  },
  {
    reason: /license mismatch|licen[cs]e key/,
    kind: 'account',
    code: 'licence-mismatch',
    message: 'Blue Dart refuses the licence key, or the version number that goes with it',
  },
  {
    reason: /insufficient|low balance|available ?balance/,
    kind: 'account',
    code: 'insufficient-balance',
    message: 'The prepaid Blue Dart account has too little balance',
  },
  {
    reason: /invalidcustomercode|customer ?code .*(?:not valid|invalid)/,
    kind: 'account',
    code: 'customer-code',
    message: 'Blue Dart does not know the customer code',
  },
  {
    reason: /invalidareascnotinregion|invalid(?:origin)?area/,
    kind: 'refused',
    code: 'origin-area',
    message: 'The origin area does not belong to the PIN code of the pickup location',
    field: 'pickupLocation.areaCode',
  },
  {
    reason: /pin ?code.*(?:not serviceable|not served|no service)|notserviceable/,
    kind: 'refused',
    code: 'pincode-not-serviceable',
    message: 'Blue Dart does not serve this PIN code with this parcel',
    field: 'consignee.pincode',
  },
  {
    reason: /cod service.*not available/,
    kind: 'refused',
    code: 'cod-not-serviceable',
    message: 'Blue Dart collects no cash at this PIN code',
    field: 'payment.mode',
  },
  {
    reason: /pin ?code/,
    kind: 'refused',
    code: 'pincode-invalid',
    message: 'Blue Dart does not accept the PIN code',
    field: 'consignee.pincode',
  },
  {
    reason: /collectable ?amount/,
    kind: 'refused',
    code: 'cod-amount',
    message: 'Blue Dart does not accept the COD amount',
    field: 'payment.amountMinor',
  },
  {
    reason: /(?:sub ?)?product ?(?:code)?.*(?:not valid|invalid)|invalid(?:sub)?product/,
    kind: 'refused',
    code: 'product-refused',
    message: 'Blue Dart does not know this product for the account',
  },
  {
    reason: /mobile|telephone/,
    kind: 'refused',
    code: 'phone-refused',
    message: 'Blue Dart does not accept the phone number',
    field: 'consignee.phone',
  },
  {
    reason: /consignee ?name/,
    kind: 'refused',
    code: 'name-refused',
    message: 'Blue Dart does not accept the name of the consignee',
    field: 'consignee.name',
  },
  {
    reason: /address|special character/,
    kind: 'refused',
    code: 'address-refused',
    message: 'Blue Dart does not accept the address',
    field: 'consignee.addressLines',
  },
  {
    reason: /creditreferenceno is|invalidcreditreference/,
    kind: 'refused',
    code: 'reference-refused',
    message: 'Blue Dart does not accept the reference',
    field: 'reference',
  },
  {
    reason: /weight|dimension|pieces/,
    kind: 'refused',
    code: 'measures-refused',
    message: 'Blue Dart does not accept weight, size or number of pieces',
    field: 'weightGrams',
  },
  {
    reason: /pickup ?(?:date|time)/,
    kind: 'refused',
    code: 'pickup-time-refused',
    message: 'Blue Dart does not accept the day or time of the pickup',
    field: 'pickupOn',
  },
  {
    reason: /timed? ?out|try again|temporar|internal (?:server )?error|unavailable/,
    kind: 'unknown',
    code: 'carrier-trouble',
    message: 'Blue Dart has trouble of its own',
  },
];

/** The refusal that a text is known to mean; null when it is none we know. */
export function knownRefusal(texts: readonly string[]): Failure | null {
  return refusalBy(rules, texts);
}

/**
 * A refusal in words of their own is known not to have happened: Blue Dart checks before it makes
 * anything. Without any reason nobody knows.
 */
export function classifyRefusal(texts: readonly string[], values: readonly string[] = []): Failure {
  const known = knownRefusal(texts);
  if (known) return known;
  const message = spoken(texts, values);
  if (texts.length === 0) return { kind: 'unknown', code: 'no-reason', message };
  return { kind: 'refused', code: 'refused-otherwise', message };
}

/** The same for a call that only reads: then nothing is unknown. */
export function readRefusal(texts: readonly string[]): Failure {
  const failure = classifyRefusal(texts);
  if (failure.kind !== 'unknown') return failure;
  return { kind: 'transient', code: failure.code, message: failure.message };
}
