import { isKnownPinPrefix } from './pin-prefixes.ts';
import { plainLine, textOf } from './plain-text.ts';

export type PincodeRefusal =
  | 'missing'
  /** Five digits: one was lost, and no PIN starts with a zero that could have been dropped. */
  | 'damaged'
  | 'invalid'
  /** Excel's 6.82E+05. */
  | 'scientific'
  /** More than one PIN in the text. */
  | 'ambiguous';

export type PincodeWarning = 'from_address' | 'differs_from_address' | 'unknown_prefix';

export type NormalisedPincode =
  | { ok: true; pincode: string; source: 'field' | 'address'; warnings: PincodeWarning[] }
  | { ok: false; reason: PincodeRefusal };

type FieldReading = { pincode: string } | { reason: PincodeRefusal; digits: string };

/**
 * The PIN of an address: from its own field, else from the address lines if they hold exactly one.
 */
export function normalisePincode(
  field: unknown,
  addressLines: readonly (string | null)[] = [],
): NormalisedPincode {
  const reading = readField(textOf(field) ?? '');
  const inAddress = pincodesIn(addressLines);
  if ('pincode' in reading) return acceptField(reading.pincode, inAddress);
  const [only, ...others] = inAddress;
  if (only === undefined) return { ok: false, reason: reading.reason };
  // Two pins written in the address are no better than none: choosing would be a guess.
  if (others.length > 0) return { ok: false, reason: 'ambiguous' };
  if (!mayBeWhatWasMeant(reading, only)) return { ok: false, reason: reading.reason };
  return { ok: true, pincode: only, source: 'address', warnings: ['from_address'] };
}

function acceptField(pincode: string, inAddress: string[]): NormalisedPincode {
  const warnings: PincodeWarning[] = [];
  if (inAddress.length > 0 && !inAddress.includes(pincode)) warnings.push('differs_from_address');
  if (!isKnownPinPrefix(pincode)) warnings.push('unknown_prefix');
  return { ok: true, pincode, source: 'field', warnings };
}

function readField(raw: string): FieldReading {
  const line = zeroForO(plainLine(raw).replace(/\.0*$/, '')).trim();
  const digits = line.replace(/\D/g, '');
  const broken = (reason: PincodeRefusal): FieldReading => ({ reason, digits });
  if (/\d\.?\d*e\+?\d/i.test(line)) return broken('scientific');
  if (digits === '') return broken(/[\p{L}]/u.test(line) ? 'invalid' : 'missing');
  const value = line.replace(/^(?:postal|zip|pin)?[\s.-]*(?:code|zip|pin)?[\s.:#-]*/i, '');
  const compact = value.replace(/[\s.,:-]/g, '');
  if (/^[1-9]\d{5}$/.test(compact)) return { pincode: compact };
  if (/^\d{5}$/.test(compact)) return broken('damaged');
  const [found, ...others] = pincodesOf(line);
  if (found === undefined) return broken('invalid');
  return others.length > 0 ? broken('ambiguous') : { pincode: found };
}

/** A letter O inside a run of digits is a zero; anywhere else it is a letter. */
function zeroForO(text: string): string {
  return text.replace(/[0-9O]{3,}/gi, (run) => (/[0-9]/.test(run) ? run.replace(/O/gi, '0') : run));
}

/**
 * A PIN that stands alone: not part of a phone number or of a longer number, nor the tail of a code
 * (A682001), though «Kochi682001» is one.
 */
const standalonePin = new RegExp(
  String.raw`(?<![\d+.]|\d[\s-]|(?<!\p{L}{2})\p{L})` +
    String.raw`([1-9]\d{2})[\s-]?(\d{3})(?![\p{L}\d]|[\s-]\d)`,
  'gu',
);

function pincodesOf(text: string): string[] {
  const found = [...text.matchAll(standalonePin)];
  return [...new Set(found.map(([, first = '', last = '']) => first + last))];
}

function pincodesIn(lines: readonly (string | null)[]): string[] {
  const found = lines.flatMap((line) => pincodesOf(zeroForO(plainLine(line ?? ''))));
  return [...new Set(found)].filter(isKnownPinPrefix);
}

/**
 * Five digits that are no part of the address' PIN contradict it; a person has to say which holds.
 */
function mayBeWhatWasMeant(reading: { digits: string }, pincode: string): boolean {
  if (reading.digits.length !== 5) return true;
  return [...pincode].some(
    (_, at) => pincode.slice(0, at) + pincode.slice(at + 1) === reading.digits,
  );
}
