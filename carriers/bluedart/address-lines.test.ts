import { describe, expect, test } from '@jest/globals';
import { addressLines, shortName } from './address-lines.ts';
import { UnbookableError } from '../parcel.ts';

const linesOf = (...parts: string[]) => addressLines(parts, 'Kochi', '682001', 'address');

describe('address lines', () => {
  test.each([
    [['12/4 Beach Rd'], ['12/4 Beach Rd, Kochi']],
    [['12/4 Beach Rd, Kochi - 682001'], ['12/4 Beach Rd, Kochi']],
    [['12/4 Beach Rd,, 682001, '], ['12/4 Beach Rd, Kochi']],
    [
      ['Sreevalsam House, Temple Road', 'Opposite Federal Bank, Kaloor'],
      ['Sreevalsam House, Temple Road,', 'Opposite Federal Bank, Kaloor,', 'Kochi'],
    ],
    // Shortened, because it does not fit as it is.
    [
      [
        'Third Floor, Shanti Apartments, Mahatma Gandhi Road',
        'Near Junction, Opposite Bank, Kaloor',
      ],
      ['Third Flr,Shanti Apt,Mahatma', 'Gandhi Rd,Nr Jn,Opp Bank,', 'Kaloor,Kochi'],
    ],
    [['x'.repeat(70)], ['x'.repeat(30), 'x'.repeat(30), `${'x'.repeat(10)}, Kochi`]],
  ])('%j', (parts, lines) => {
    expect(linesOf(...parts)).toEqual(lines);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(30);
  });

  test('the city goes before anything is held back: the PIN code names it', () => {
    const full = Array.from({ length: 9 }, () => 'ninechars').join(' ');
    expect(linesOf(full)).toEqual(Array.from({ length: 3 }, () => 'ninechars ninechars ninechars'));
  });

  test('what does not fit is held for a person and never cut', () => {
    const long = Array.from({ length: 10 }, () => 'ninechars').join(' ');
    expect(() => linesOf(long)).toThrow(UnbookableError);
    expect(() => linesOf('')).toThrow('address is not empty');
  });
});

test.each([
  ['Asha R', 'Asha R'],
  ['Lakshmi Narayanan Subramaniam Iyer', 'Lakshmi Narayanan Subramaniam'],
  ['x'.repeat(40), 'x'.repeat(30)],
  ['Ravi <Kumar>; DROP', 'Ravi Kumar DROP'],
])('the name %s is written %s', (name, short) => {
  expect(shortName(name, 'name')).toBe(short);
});
