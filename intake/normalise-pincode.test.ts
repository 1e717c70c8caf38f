import { describe, expect, test } from '@jest/globals';
import { normalisePincode } from './normalise-pincode.ts';

describe('the PIN field', () => {
  test.each<[unknown]>([
    ['682001'],
    [682001],
    [682001.0],
    ['682001.0'],
    ['682001.'],
    [' 682 001 '],
    ['682-001'],
    ['682–001'],
    ['PIN:682001'],
    ['Pin Code - 682001'],
    ['PINCODE 682001'],
    ['zip 682 001'],
    ['Postal Code: 682001'],
    ['Kochi 682001'],
    ['Kochi-682001, India'],
    ['6820O1'],
    ['682oo1'],
    ['६८२००१'],
    ['൬൮൨൦൦൧'],
    ['６８２００１'],
    ['\ufeff682\u200b001'],
    ['682\u00a0001'],
  ])('%p is 682001', (field) => {
    expect(normalisePincode(field)).toEqual({
      ok: true,
      pincode: '682001',
      source: 'field',
      warnings: [],
    });
  });

  test.each<[unknown, string]>([
    ['', 'missing'],
    [null, 'missing'],
    ['-', 'missing'],
    ['68200', 'damaged'],
    [68200, 'damaged'],
    ['82001', 'damaged'],
    ['94105', 'damaged'],
    ['082001', 'invalid'],
    ['6820011', 'invalid'],
    ['682-0011', 'invalid'],
    ['9847000000', 'invalid'],
    ['SW1A 1AA', 'invalid'],
    ['NA', 'invalid'],
    ['68Z001', 'invalid'],
    ['6.82E+05', 'scientific'],
    ['682001 / 682002', 'ambiguous'],
  ])('%p is %s', (field, reason) => {
    expect(normalisePincode(field)).toEqual({ ok: false, reason });
  });

  test('a PIN in an unknown series is kept with a warning: the carrier is the authority', () => {
    expect(normalisePincode('660001')).toMatchObject({
      ok: true,
      pincode: '660001',
      warnings: ['unknown_prefix'],
    });
  });
});

describe('the address lines', () => {
  test.each<[unknown, (string | null)[], string]>([
    ['', ['12/4 Beach Rd, Kochi 682001', null], '682001'],
    [null, ['12/4 Beach Rd', 'Kochi - 682 001.'], '682001'],
    ['NA', ['Kochi 682001', 'Kerala 682001'], '682001'],
    ['', ['Kochi682001'], '682001'],
    ['', ['Kochi 6820O1'], '682001'],
    ['', ['കൊച്ചി ൬൮൨൦൦൧'], '682001'],
    ['082001', ['Kochi 682001'], '682001'],
    // Five digits that are the PIN less one: the address says what was meant.
    ['68200', ['Kochi 682001'], '682001'],
    ['82001', ['Kochi 682001'], '682001'],
  ])('%p with %j gives %s', (field, lines, pincode) => {
    expect(normalisePincode(field, lines)).toEqual({
      ok: true,
      pincode,
      source: 'address',
      warnings: ['from_address'],
    });
  });

  test.each<[unknown, string[], string]>([
    ['', ['12/4 Beach Rd, Kochi'], 'missing'],
    ['', ['Kochi 682001 or Aluva 683101'], 'ambiguous'],
    ['56003', ['Kochi 682001'], 'damaged'],
    // Nothing of a phone number, a long number or a code is a PIN.
    ['', ['call 98470 00000'], 'missing'],
    ['', ['call 984 700 0000'], 'missing'],
    ['', ['GSTIN A682001'], 'missing'],
    ['', ['Survey 6820011'], 'missing'],
    // No post office has a number that starts with 66.
    ['', ['Plot 660012'], 'missing'],
  ])('%p with %j is %s', (field, lines, reason) => {
    expect(normalisePincode(field, lines)).toEqual({ ok: false, reason });
  });

  test('a different PIN in the lines is a warning; the field holds', () => {
    const result = normalisePincode('682001', ['Aluva 683101']);
    expect(result).toMatchObject({ pincode: '682001', warnings: ['differs_from_address'] });
    expect(normalisePincode('682001', ['Kochi 682001'])).toMatchObject({ warnings: [] });
  });
});
