/**
 * Names and addresses in plain ASCII, for carriers that refuse anything else. Indian scripts are
 * written as they sound: their Unicode blocks have one layout, so one table serves all nine.
 */
export interface LatinText {
  text: string;
  /** Letters and digits of scripts that we cannot write. Whoever sends the text must not ignore them. */
  lost: string[];
}

const firstBlock = 0x0900;
const lastBlockEnd = 0x0d80;
const blockSize = 0x80;

const vowels: Readonly<Record<number, string>> = {
  ...table(0x05, 'a a i i u u ri li e e e ai o o o au'),
  0x60: 'ri',
  0x61: 'li',
};
const consonants: Readonly<Record<number, string>> = {
  ...table(
    0x15,
    'k kh g gh ng ch chh j jh ny t th d dh n t th d dh n n p ph b bh m y r r l l zh v',
  ),
  ...table(0x36, 'sh sh s h'),
  ...table(0x58, 'q kh gh z d dh f y'),
};
const vowelSigns: Readonly<Record<number, string>> = {
  ...table(0x3e, 'a i i u u ri ri e e e ai o o o au'),
  0x57: 'au',
};
const virama = 0x4d;
const nasals = new Set([0x01, 0x02, 0x70]);
/** p to m: before them the nasal is an m. */
const isLabial = (offset: number) => offset >= 0x2a && offset <= 0x2e;

/** Letters of one script that stand elsewhere in the others, or sound otherwise there. */
const exceptions: Readonly<Record<string, string>> = {
  ...{ ൺ: 'n', ൻ: 'n', ർ: 'r', ൽ: 'l', ൾ: 'l', ൿ: 'k', ৎ: 't' },
  ...{ ৰ: 'r', ৱ: 'v', '।': '.', '॥': '.', ॐ: 'om' },
};

/** Devanagari, Bengali, Gurmukhi, Gujarati: a word's last inherent vowel is silent there. */
const silentBlocks = new Set([0x0900, 0x0980, 0x0a00, 0x0a80]);
/** Tamil, Kannada, Malayalam: the dental t is written th, as in Thrissur. */
const dentalBlocks = new Set([0x0b80, 0x0c80, 0x0d00]);

const marks: Readonly<Record<string, string>> = {
  ...{ '‘': "'", '’': "'", '“': '"', '”': '"', '–': '-', '—': '-', '…': '...' },
  ...{ '₹': 'Rs ', '×': 'x', '№': 'No ', ß: 'ss', æ: 'ae', Æ: 'AE', ø: 'o', Ø: 'O' },
  ...{ đ: 'd', ł: 'l', Ł: 'L', ı: 'i', '•': '-', '·': '-' },
};

export function latinText(given: string): LatinText {
  const lost: string[] = [];
  const text = [...given.toWellFormed().normalize('NFC').matchAll(runs)]
    .map(([run]) => (isIndic(run) ? romanised(run, lost) : plain(run, lost)))
    .join('')
    .replace(/\s+/g, ' ')
    .trim();
  return { text, lost };
}

/** Runs of Indian letters with their joiners, and everything else one character at a time. */
const runs = /[\u0900-\u0d7f][\u0900-\u0d7f\u200c\u200d]*|[^\u0900-\u0d7f]/gu;

function isIndic(run: string): boolean {
  const code = run.codePointAt(0) ?? 0;
  return code >= firstBlock && code < lastBlockEnd;
}

/** Emoji and other signs become a space: an address is the same without them. */
function plain(character: string, lost: string[]): string {
  if (/^[\x20-\x7e]$/.test(character)) return character;
  // Joiners, variation selectors and other things without a look of their own.
  if (/^[\p{Cf}\p{Mn}\p{Me}]$/u.test(character)) return '';
  const known = marks[character];
  if (known !== undefined) return known;
  const bare = character.normalize('NFKD').replace(/\p{Mn}/gu, '');
  if (/^[\x20-\x7e]+$/.test(bare)) return bare;
  const digit = arabicDigit(character);
  if (digit !== null) return digit;
  if (/[\p{L}\p{N}]/u.test(character)) lost.push(character);
  return ' ';
}

function arabicDigit(character: string): string | null {
  const code = character.codePointAt(0) ?? 0;
  const zero = [0x0660, 0x06f0].find((first) => code >= first && code < first + 10);
  return zero === undefined ? null : String(code - zero);
}

function romanised(run: string, lost: string[]): string {
  const letters = [...run].filter((letter) => !/[\u200c\u200d]/.test(letter));
  let text = '';
  for (const [at, letter] of letters.entries()) text += syllable(letters, at, letter, lost);
  const spelt = text.replaceAll('shsh', 'ssh').replaceAll('chch', 'cch').replaceAll('thth', 'tth');
  return spelt.charAt(0).toUpperCase() + spelt.slice(1);
}

function syllable(letters: readonly string[], at: number, letter: string, lost: string[]): string {
  const exception = exceptions[letter];
  if (exception !== undefined) return exception;
  const code = letter.codePointAt(0) ?? 0;
  const offset = code % blockSize;
  const block = code - offset;
  const next = offsetOf(letters[at + 1]);
  if (offset >= 0x66 && offset <= 0x6f) return String(offset - 0x66);
  if (nasals.has(offset)) return next === null || isLabial(next) ? 'm' : 'n';
  if (offset === 0x03) return 'h';
  const consonant = consonants[offset];
  if (consonant === undefined) return vowels[offset] ?? vowelSigns[offset] ?? other(letter, lost);
  const sound = offset === 0x24 && dentalBlocks.has(block) ? 'th' : consonant;
  return sound + (hasInherentVowel(block, letters, at) ? 'a' : '');
}

/** Unless a vowel sign or the virama follows, possibly behind a nukta. */
function hasInherentVowel(block: number, letters: readonly string[], at: number): boolean {
  const follower = letters.slice(at + 1).find((letter) => offsetOf(letter) !== 0x3c);
  const next = offsetOf(follower);
  // It sounds after two consonants, as in Krishna.
  const isSilent = silentBlocks.has(block) && at > 0 && offsetOf(letters[at - 1]) !== virama;
  if (next === null) return !isSilent;
  return next !== virama && vowelSigns[next] === undefined;
}

function other(letter: string, lost: string[]): string {
  // Nukta, virama, length marks: they only change their neighbours.
  if (/\p{M}/u.test(letter)) return '';
  if (/[\p{L}\p{N}]/u.test(letter)) lost.push(letter);
  return '';
}

function offsetOf(letter: string | undefined): number | null {
  if (letter === undefined || exceptions[letter] !== undefined) return null;
  return (letter.codePointAt(0) ?? 0) % blockSize;
}

function table(first: number, sounds: string): Record<number, string> {
  return Object.fromEntries(sounds.split(' ').map((sound, at) => [first + at, sound]));
}
