import { describe, expect, test } from '@jest/globals';
import { isPlaceholder, normaliseAddressLine, usableCharacters } from './normalise-address.ts';

describe('one line of an address', () => {
  test.each<[string, string | null, string | null]>([
    [
      'spaces, tabs and newlines',
      '12/4  Beach\tRd,\r\nnear\u00a0temple ',
      '12/4 Beach Rd, near temple',
    ],
    ['a byte-order mark', '\ufeff12 MG Road', '12 MG Road'],
    ['marks that turn the direction', '\u200f12\u202e MG\u2069 Road', '12 MG Road'],
    ['zero-width spaces', '12\u200b MG Ro\u00adad', '12 MG Road'],
    ['NUL and other controls', '12\u0000 MG\u0007Road', '12 MG Road'],
    ['HTML entities', 'Johnson &amp; Sons &#39;A&#x27; &nbsp;&lt;2&gt;', "Johnson & Sons 'A' <2>"],
    ['entities escaped twice', 'Johnson &amp;amp; Sons', 'Johnson & Sons'],
    [
      'things that only look like entities',
      'AT&T; R&D &unknown; &#99999999;',
      'AT&T; R&D &unknown; &#99999999',
    ],
    ['decomposed letters', 'Cafe\u0301 Rd', 'Café Rd'],
    ['hanging commas', ', 12 MG Road,; ', '12 MG Road'],
    ['half an emoji', '12 MG Road \ud83c', '12 MG Road'],
    ['nothing', ' \u200b\ufeff ', null],
    ['null', null, null],
  ])('%s', (_what, raw, expected) => {
    expect(normaliseAddressLine(raw)).toBe(expected);
  });

  test.each([
    ['an emoji family', '🏠 12 MG Road 👨‍👩‍👧'],
    ['an emoji with a skin tone and a job', 'near 👩🏽‍🌾 stall'],
    ['a heart on fire', '❤️‍🔥 House'],
    ['Malayalam with an old chillu', 'അവന്‍ ഹൗസ്, തൃശ്ശൂർ'.normalize('NFC')],
    ['Devanagari with a joiner', 'क्‍ष रोड'.normalize('NFC')],
    ['Kannada with a non-joiner', 'ರಾಜ್‌ಕುಮಾರ್ ರಸ್ತೆ'.normalize('NFC')],
    ['smart quotes', '“Sreevalsam”, St. Mary’s Rd'],
  ])('%s stays as it is', (_what, text) => {
    expect(normaliseAddressLine(text)).toBe(text);
  });

  test('a joiner that joins nothing goes', () => {
    expect(normaliseAddressLine('MG\u200d Road\u200c 12 🏠\u200d x')).toBe('MG Road 12 🏠 x');
  });

  test('what is clean is not cleaned further', () => {
    const once = normaliseAddressLine('12 &amp;amp; 3 👨‍👩‍👧 \u200d അവന്‍,');
    expect(once).toBe('12 & 3 👨‍👩‍👧 അവന്‍');
    expect(normaliseAddressLine(once)).toBe(once);
  });
});

test.each([
  'same as above',
  'Same as billing address',
  'NA',
  'n/a',
  'test',
  'asdfgh',
  'xxx',
  '...',
])('%p is a filler', (line) => expect(isPlaceholder(line)).toBe(true));

test.each(['Same Street 4', 'Test Tube Lane', 'Abcon House', 'Nilambur'])(
  '%p is an address',
  (line) => expect(isPlaceholder(line)).toBe(false),
);

test('what leads to a door is letters and digits of any script, without the PIN', () => {
  expect(usableCharacters(['abc', null])).toBe(3);
  expect(usableCharacters(['🏠🏠 12, - 682001'])).toBe(2);
  expect(usableCharacters(['തൃശ്ശൂർ'])).toBe(7);
});
