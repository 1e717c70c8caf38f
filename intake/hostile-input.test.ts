import { expect, test } from '@jest/globals';
import { normaliseAddressLine } from './normalise-address.ts';
import { normalisePhone } from './normalise-phone.ts';
import { normalisePincode } from './normalise-pincode.ts';
import { parseDate } from './parse-date.ts';
import { parseMoney } from './parse-money.ts';

const now = new Date('2026-11-21T06:00:00Z');
const size = 200_000;

test.each([
  ['commas', `x${','.repeat(size)}x`],
  ['spaces', `x${' '.repeat(size)}x`],
  ['digits', `${'0'.repeat(size)}A`],
  ['nines', '9'.repeat(size)],
  ['letters O', `${'O'.repeat(size)}1A`],
  ['joiners', '\u200d'.repeat(size)],
  ['ampersands', '&amp;'.repeat(size / 5)],
  ['halves of PINs', '682 '.repeat(size / 4)],
])('%s without end take no time worth naming', (_what, text) => {
  const started = performance.now();
  normaliseAddressLine(text);
  normalisePhone(text);
  normalisePincode(text, [text]);
  parseMoney(text);
  parseDate(text, { now });
  expect(performance.now() - started).toBeLessThan(1_000);
});
