import { plainLine, textOf } from './plain-text.ts';

export type MoneyRefusal =
  | 'empty'
  | 'unrecognised'
  | 'negative'
  | 'foreign_currency'
  /** Excel's 1.2E+05: digits are lost for good. */
  | 'scientific'
  /** Part of a paisa. */
  | 'too_precise'
  | 'too_large';

export type ParsedMoney = { ok: true; minor: number } | { ok: false; reason: MoneyRefusal };

const refuse = (reason: MoneyRefusal): ParsedMoney => ({ ok: false, reason });

/** Lakh (1,23,456) and western (123,456) grouping; a group of any other size is a typing error. */
const grouped = /^(?:\d{1,3}(?:,\d{3})*|\d{1,2}(?:,\d{2})*,\d{3})(?:\.\d*)?$/;

/**
 * Rupees as people and spreadsheets write them («Rs. 1,23,456.00», «INR 799/-», «₹799») in paise.
 */
export function parseMoney(value: unknown): ParsedMoney {
  const line = plainLine(textOf(value) ?? '');
  if (line === '') return refuse('empty');
  if (/[$€£¥]|\b(?:USD|EUR|GBP|AED|SGD)\b/i.test(line)) return refuse('foreign_currency');
  const amount = withoutRupeeWords(line);
  if (/^\(.*\)$|^-|-$/.test(amount)) return refuse('negative');
  if (/^\d+(?:\.\d+)?e[+-]?\d+$/i.test(amount)) return refuse('scientific');
  if (/^\d*\.?\d+$|^\d+\.$/.test(amount)) return decimalToMinor(amount);
  return grouped.test(amount) ? decimalToMinor(amount.replaceAll(',', '')) : refuse('unrecognised');
}

function withoutRupeeWords(line: string): string {
  return line
    .replace(/\/-+$/, '')
    .replace(/\b(?:only)\b\.?$/i, '')
    .replace(/\/-+\s*$/, '')
    .replace(/₹|(?<![a-z])(?:rs|inr|rupees?)(?![a-z])\.?/gi, '')
    .trim();
}

/**
 * A plain decimal («749.00», «.5») in minor units, digit by digit: no float ever holds the amount.
 */
export function decimalToMinor(decimal: string): ParsedMoney {
  const match = /^(-?)(\d*)(?:\.(\d*))?$/.exec(decimal.trim());
  if (!match) return refuse('unrecognised');
  const [, sign = '', whole = '', fraction = ''] = match;
  if (whole === '' && fraction === '') return refuse('unrecognised');
  if (/[1-9]/.test(fraction.slice(2))) return refuse('too_precise');
  const minor = BigInt(whole + fraction.slice(0, 2).padEnd(2, '0'));
  if (minor > BigInt(Number.MAX_SAFE_INTEGER)) return refuse('too_large');
  if (sign === '-' && minor > 0n) return refuse('negative');
  return { ok: true, minor: Number(minor) };
}
