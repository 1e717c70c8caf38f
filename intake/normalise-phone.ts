import { parsePhoneNumberFromString } from 'libphonenumber-js/mobile';
import { plainLine, textOf } from './plain-text.ts';

export type PhoneRefusal =
  | 'missing'
  /** Words only: «same», «NA». */
  | 'no_digits'
  /** Excel's 9.847E+09: digits are lost for good. */
  | 'scientific'
  | 'wrong_length'
  | 'foreign'
  | 'not_mobile'
  /** 9999999999: carriers refuse the parcel as suspicious. */
  | 'placeholder';

export type NormalisedPhone =
  { ok: true; e164: string; national: string } | { ok: false; reason: PhoneRefusal };

const refuse = (reason: PhoneRefusal): NormalisedPhone => ({ ok: false, reason });

/**
 * An Indian mobile number out of free text. Of several numbers in one field the first usable one
 * is taken; when none is, the reason is the first one's.
 */
export function normalisePhone(value: unknown): NormalisedPhone {
  const line = plainLine(textOf(value) ?? '').replace(/\.0+$/, '');
  if (line === '') return refuse('missing');
  if (/\d\.?\d*e\+?\d/i.test(line)) return refuse('scientific');
  const results = candidates(line).map(checkCandidate);
  return results.find((result) => result.ok) ?? results[0] ?? refuse('no_digits');
}

function candidates(line: string): string[] {
  return line
    .split(/[/,;|&]|\bor\b|\band\b|(?:ext(?:n|ension)?|x)(?=[\s.:]*\d)/i)
    .filter((part) => /\d/.test(part));
}

function checkCandidate(text: string): NormalisedPhone {
  const digits = text.replace(/\D/g, '');
  if (isForeign(text, digits)) return refuse('foreign');
  const national = nationalDigits(digits);
  if (national.length !== 10 || isCutShort(text, digits)) return refuse('wrong_length');
  if (/^(\d)\1{9}$/.test(national)) return refuse('placeholder');
  if (!/^[6-9]/.test(national)) return refuse('not_mobile');
  const e164 = `+91${national}`;
  // The mobile metadata knows the allotted series: 80 2222 3333 is a Bengaluru land line.
  const known = parsePhoneNumberFromString(e164)?.isValid() ?? false;
  return known ? { ok: true, e164, national } : refuse('not_mobile');
}

/** Says another country's code in so many words: +65 6123 4567 also has ten digits. */
function isForeign(text: string, digits: string): boolean {
  if (/^\D*\+/.test(text)) return !/^0*91/.test(digits) && !digits.startsWith('0');
  return /^00(?!0|91)/.test(digits);
}

/** «+91 9847 0000» has lost two digits; read as a ten-digit number it would be a stranger's. */
function isCutShort(text: string, digits: string): boolean {
  return /^\D*\+/.test(text) && digits.startsWith('91') && digits.length < 12;
}

/**
 * The code may be there twice (+91+91…) and a trunk 0 before or behind it. 91 is only a code when
 * twelve digits or more are left: 9198470000 is somebody's number.
 */
function nationalDigits(digits: string): string {
  let rest = digits.replace(/^0+/, '');
  while (rest.length >= 12 && rest.startsWith('91')) rest = rest.slice(2).replace(/^0+/, '');
  return rest;
}
