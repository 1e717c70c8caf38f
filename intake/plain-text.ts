/** Zero of each decimal digit block that shoppers, spreadsheets and keyboards really send. */
const digitZeros = [
  0x0966, // Devanagari
  0x09e6, // Bengali
  0x0a66, // Gurmukhi
  0x0ae6, // Gujarati
  0x0b66, // Odia
  0x0be6, // Tamil
  0x0c66, // Telugu
  0x0ce6, // Kannada
  0x0d66, // Malayalam
  0x0660, // Arabic-Indic
  0x06f0, // Urdu and Persian
  0xff10, // full width
] as const;

/** Digits of any script as 0-9; everything else as it was. */
export function asciiDigits(text: string): string {
  return text.replace(/(?![0-9])\p{Nd}/gu, (digit) => {
    const point = digit.codePointAt(0) ?? 0;
    const zero = digitZeros.find((start) => point >= start && point < start + 10);
    return zero === undefined ? digit : String(point - zero);
  });
}

/**
 * For codes, amounts and dates: one line of plain characters, marks that print nothing left out.
 */
export function plainLine(text: string): string {
  return asciiDigits(text)
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]/g, '')
    .replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}

/** Nobody writes a phone number, a PIN, an amount or a date in more. */
const longestCell = 300;

/** A cell or a JSON value as text: null for what holds none, or far too much of it. */
export function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value.length > longestCell ? null : value;
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return null;
}
