import { latinText } from '../latin-text.ts';
import { demand } from '../parcel.ts';

/** Names and address lines: 30 characters, and three lines. */
const width = 30;
const lineCount = 3;

/** Used only when the address does not fit as it is written. */
const abbreviations: readonly (readonly [RegExp, string])[] = [
  [/\broad\b/gi, 'Rd'],
  [/\bstreet\b/gi, 'St'],
  [/\bapartments?\b/gi, 'Apt'],
  [/\bbuilding\b/gi, 'Bldg'],
  [/\bfloor\b/gi, 'Flr'],
  [/\bopposite\b/gi, 'Opp'],
  [/\bnear\b/gi, 'Nr'],
  [/\bbehind\b/gi, 'Bhd'],
  [/\bcolony\b/gi, 'Col'],
  [/\bnagar\b/gi, 'Ngr'],
  [/\bjunction\b/gi, 'Jn'],
  [/\bdistrict\b/gi, 'Dist'],
  [/, /g, ','],
];

/**
 * Three lines of 30 ASCII characters, cut between words. What does not fit is not left out, because
 * a cut address comes back: it is thrown for a person to shorten. Only the city may go, since the
 * PIN code names it.
 */
export function addressLines(
  parts: readonly string[],
  city: string,
  pincode: string,
  field: string,
): string[] {
  const street = readable(parts.join(', '), field)
    .replaceAll(pincode, ' ')
    .replace(/\s*,[\s,]*/g, ', ')
    .replace(/\s+/g, ' ')
    .replace(/^[\s,-]+|[\s,-]+$/g, '');
  demand(street !== '', field, 'is not empty');
  const town = readable(city, field);
  const hasTown = street.toLowerCase().includes(town.toLowerCase());
  const withTown = hasTown ? street : `${street}, ${town}`;
  const lines = [withTown, shortened(withTown), shortened(street)].map(wrapped);
  const fitting = lines.find((candidate) => candidate !== null);
  demand(fitting != null, field, `does not fit into ${lineCount} lines of ${width} characters`);
  return fitting ?? [];
}

/** A name is shortened between words: whoever opens the door knows the rest. */
export function shortName(name: string, field: string, most = width): string {
  const text = readable(name, field);
  demand(text !== '', field, 'is not empty');
  return cut(text, most);
}

/** Fields that only describe: cut, and what cannot be written is left out. */
export function shortText(text: string, most: number): string {
  return cut(accepted(latinText(text).text), most);
}

function readable(text: string, field: string): string {
  const latin = latinText(text);
  demand(latin.lost.length === 0, field, 'has letters that cannot be written in Latin ones');
  return accepted(latin.text);
}

/** Letters, digits and the signs of addresses; other ASCII has broken readers of XML before. */
function accepted(text: string): string {
  return text
    .replace(/[^A-Za-z0-9 ,./():#&'-]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const head = text.slice(0, most + 1);
  const atWord = head.lastIndexOf(' ');
  return (atWord > 0 ? head.slice(0, atWord) : head.slice(0, most)).replace(/[\s,-]+$/, '');
}

function shortened(text: string): string {
  return abbreviations.reduce((rest, [long, short]) => rest.replace(long, short), text);
}

/** Null when it takes more lines than there are. Words longer than a line are broken. */
function wrapped(text: string): string[] | null {
  const lines: string[] = [];
  for (const [, space = '', token = ''] of text.matchAll(/( ?)([^ ,]*,|[^ ,]+)/g)) {
    for (const [at, piece] of pieces(token).entries()) {
      const last = lines.at(-1);
      const joined = `${last ?? ''}${at === 0 ? space : ''}${piece}`;
      if (last !== undefined && joined.length <= width) lines[lines.length - 1] = joined;
      else lines.push(piece);
    }
  }
  return lines.length <= lineCount ? lines : null;
}

function pieces(word: string): string[] {
  return word.match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
}
