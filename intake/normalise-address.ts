const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  ndash: '–',
  mdash: '—',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
};

const joiningScripts =
  '[\\p{Script=Devanagari}\\p{Script=Bengali}\\p{Script=Gurmukhi}\\p{Script=Gujarati}' +
  '\\p{Script=Oriya}\\p{Script=Tamil}\\p{Script=Telugu}\\p{Script=Kannada}' +
  '\\p{Script=Malayalam}\\p{Script=Sinhala}\\p{Script=Arabic}]';

/** A joiner that changes nothing one can see: not inside an emoji, not behind an Indic letter. */
const idleJoiner = new RegExp(
  `(?<!${joiningScripts})\\u200c|` +
    `(?<!${joiningScripts}|[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f])\\u200d|` +
    `(?<!${joiningScripts})\\u200d(?!\\p{Extended_Pictographic})`,
  'gu',
);

/**
 * One line of an address or a name, cleaned of what nobody typed on purpose. Letters of every
 * script, emoji and punctuation stay. Null when nothing is left.
 */
export function normaliseAddressLine(raw: string | null | undefined): string | null {
  const text = decodeEntities(raw ?? '')
    .toWellFormed()
    .normalize('NFC')
    // Byte-order mark, zero-width space, soft hyphen, and marks that turn the writing direction.
    .replace(/[\ufeff\u200b\u2060\u00ad\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufffd]/g, '')
    .replace(idleJoiner, '')
    .replace(/[\s\p{Cc}\p{Zs}]+/gu, ' ');
  return withoutHangingCommas(text) || null;
}

/** By hand: a pattern that is anchored at the end takes quadratic time on a long run of commas. */
function withoutHangingCommas(text: string): string {
  const hangs = (at: number) => ' ,;'.includes(text.charAt(at));
  let [start, end] = [0, text.length];
  while (start < end && hangs(start)) start += 1;
  while (end > start && hangs(end - 1)) end -= 1;
  return text.slice(start, end);
}

/** Twice, because exports that pass through two systems bring `&amp;amp;`. */
function decodeEntities(text: string): string {
  return decodeOnce(decodeOnce(text));
}

function decodeOnce(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi,
    (whole, dec, hex, name) => {
      const point = dec ? Number(dec) : hex ? parseInt(String(hex), 16) : null;
      if (point === null) return entities[String(name).toLowerCase()] ?? whole;
      return point > 0x10ffff ? whole : String.fromCodePoint(point);
    },
  );
}

/** What somebody types to get past a required field. */
const placeholders = [
  /^same(?: as)?(?: (?:above|billing|before|address))*$/i,
  /^(?:n\/?a|nil|none|null|test(?:ing)?|abc|xyz|asdf\w*|x+|-+|\.+)$/i,
];

export function isPlaceholder(line: string): boolean {
  return placeholders.some((placeholder) => placeholder.test(line));
}

/** Fewer letters and digits than this (without the PIN) lead no courier to a door. */
export const minimumAddressCharacters = 8;
export const longAddressCharacters = 200;

export function usableCharacters(lines: readonly (string | null)[]): number {
  const text = lines
    .map((line) => line ?? '')
    .join(' ')
    .replace(/\d{6}/g, '');
  return [...text.matchAll(/[\p{L}\p{N}\p{M}]/gu)].length;
}
