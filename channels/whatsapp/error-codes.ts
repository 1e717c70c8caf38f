import type { Outcome } from '../../outbound/outcome.ts';

/** Every kind of outcome but success. */
export type Failure = Extract<
  Outcome<never>,
  { kind: 'transient' | 'refused' | 'exists' | 'unknown' | 'account' | 'drift' }
>;

interface Meaning {
  kind: 'transient' | 'refused' | 'account';
  message: string;
  field?: 'to' | 'template' | 'parameters';
  retryAfterMs?: number;
}

const seconds = 1_000;
const hours = 3_600 * seconds;

const stop = (message: string): Meaning => ({ kind: 'account', message });
const wait = (message: string, retryAfterMs?: number): Meaning =>
  retryAfterMs === undefined
    ? { kind: 'transient', message }
    : { kind: 'transient', message, retryAfterMs };
const refuse = (message: string, field?: Meaning['field']): Meaning =>
  field === undefined ? { kind: 'refused', message } : { kind: 'refused', message, field };

/**
 * Meta's error codes, each once. A code in the answer means that the message was not sent. The
 * texts are ours: Meta's may name the recipient.
 */
const meanings: Readonly<Record<number, Meaning>> = {
  0: stop('The access token is not accepted'),
  3: stop('The app lacks a permission'),
  4: wait('The app has used up its calls'),
  10: stop('The app lacks a permission'),
  100: refuse('A parameter of the request is not valid', 'parameters'),
  190: stop('The access token has expired'),
  368: stop('Meta has blocked the account for a policy reason'),
  613: wait('Calls come too often'),
  80007: wait('The WhatsApp account has used up its calls'),
  130429: wait('The number sends faster than it may'),
  130472: refuse('The recipient is in an experiment of Meta', 'to'),
  130497: stop('The account may not write to this country'),
  131000: wait('Meta failed for a reason it does not know'),
  131005: stop('Access was denied'),
  131008: refuse('A parameter is missing', 'parameters'),
  131009: refuse('A parameter is not valid', 'parameters'),
  131016: wait('The service is not available'),
  131021: refuse('Sender and recipient are the same', 'to'),
  131026: refuse('The recipient cannot be reached on WhatsApp', 'to'),
  131030: refuse('The recipient is not on the test list of this number', 'to'),
  131031: stop('Meta has locked the account'),
  131037: stop('The display name of the number is not approved'),
  131042: stop('There is a payment problem with the account'),
  131045: stop('The number is not registered'),
  131047: refuse('More than a day since the customer wrote: only templates are allowed'),
  // Quality limit of the whole number: the lane rests until somebody has looked.
  131048: stop('The number has been limited for spam'),
  131049: wait('Meta chose not to deliver, to spare the recipient', 24 * hours),
  131050: refuse('The recipient has stopped marketing messages', 'to'),
  131051: refuse('The kind of message is not supported'),
  131052: wait('A media file could not be fetched'),
  131053: wait('A media file could not be stored'),
  131056: wait('Too many messages to the same recipient', 6 * seconds),
  131057: wait('The account is in maintenance', 60 * seconds),
  131062: refuse('The recipient id is not usable', 'to'),
  131063: refuse('The recipient id is not usable', 'to'),
  131064: wait('The template has reached its classification limit', hours),
  132000: refuse('The number of parameters differs from the template', 'parameters'),
  132001: refuse('The template does not exist in this language, or is not approved', 'template'),
  132005: refuse('The text is too long once filled in', 'parameters'),
  132007: refuse('The template breaks a policy', 'template'),
  132008: refuse('A parameter has the wrong form', 'parameters'),
  132012: refuse('A parameter has the wrong form', 'parameters'),
  // Meta lifts a pause by itself after some hours.
  132015: wait('The template is paused for its quality', hours),
  132016: refuse('The template is disabled for good', 'template'),
  132068: refuse('The flow is blocked', 'template'),
  132069: refuse('The flow is throttled', 'template'),
  133016: stop('The number was registered too often'),
  134011: refuse('The payment terms are not accepted'),
  135000: refuse('The message could not be sent with these parameters', 'parameters'),
  137000: refuse('The recipient could not be identified', 'to'),
};

/** What a code means; null for one that is not in Meta's list. */
export function meaningOf(code: number): Meaning | null {
  const known = meanings[code];
  if (known) return known;
  return code >= 200 && code <= 299 ? stop('The app lacks a permission') : null;
}

/**
 * The outcome for a code, as the answer of a call or later in a failed status. Null if unlisted.
 */
export function outcomeOfCode(code: number): Failure | null {
  const meaning = meaningOf(code);
  return meaning ? { ...meaning, code: String(code) } : null;
}
