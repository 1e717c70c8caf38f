import { describe, expect, test } from '@jest/globals';
import { code128 } from './code-128.ts';

describe('the barcode', () => {
  test('every symbol is eleven modules wide and the stop thirteen', () => {
    const everyPair = Array.from({ length: 100 }, (_, at) => String(at).padStart(2, '0')).join('');
    const modules = code128(everyPair).reduce((sum, width) => sum + width, 0);
    expect(modules).toBe(11 * (1 + 100 + 1) + 13);
  });

  test('the check symbol of 123456 is 44', () => {
    // (105 + 12 * 1 + 34 * 2 + 56 * 3) mod 103 = 44
    expect(code128('123456').slice(-13, -7).join('')).toBe('132131');
  });

  test('an odd number of digits cannot be written', () => {
    expect(() => code128('123')).toThrow(RangeError);
  });
});
