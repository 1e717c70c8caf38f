import { describe, expect, test } from '@jest/globals';
import { normalisePhone } from './normalise-phone.ts';

describe('an Indian mobile number out of free text', () => {
  test.each<[unknown, string]>([
    ['9847000000', '9847000000'],
    [9847000000, '9847000000'],
    ['09847000000', '9847000000'],
    ['+91 98470 00000', '9847000000'],
    ['+91-9847000000', '9847000000'],
    ['91 9847000000', '9847000000'],
    ['00919847000000', '9847000000'],
    ['0091 098470 00000', '9847000000'],
    ['+91+919847000000', '9847000000'],
    ['91919847000000', '9847000000'],
    ['+91 09847000000', '9847000000'],
    ['098470-00000', '9847000000'],
    ['(+91) 98470 00000', '9847000000'],
    ['9847000000.0', '9847000000'],
    ['9847000000 / 9847000001', '9847000000'],
    ['9847000000,9847000001', '9847000000'],
    ['0484-2345678 / 9847000001', '9847000001'],
    ['98470 / 9847000001', '9847000001'],
    ['9847000000 or 9847000001', '9847000000'],
    ['9847000000 ext 12', '9847000000'],
    ['9847000000x12', '9847000000'],
    ['Ph: 98470 00000 (WhatsApp)', '9847000000'],
    ['\ufeff\u200e98470\u00a000000\u200b', '9847000000'],
    ['९८४७००००००', '9847000000'],
    ['൯൮൪൭൦൦൦൦൦൦', '9847000000'],
    ['９８４７００００００', '9847000000'],
    // Starts with the country code and is nevertheless somebody's whole number.
    ['9198470000', '9198470000'],
    ['919198470000', '9198470000'],
    ['09198470000', '9198470000'],
  ])('%p', (input, national) => {
    expect(normalisePhone(input)).toEqual({ ok: true, national, e164: `+91${national}` });
  });
});

describe('what cannot be called is refused by name', () => {
  test.each<[unknown, string]>([
    ['', 'missing'],
    [null, 'missing'],
    [{}, 'missing'],
    ['   ', 'missing'],
    ['same', 'no_digits'],
    ['NA', 'no_digits'],
    ['9.847E+09', 'scientific'],
    ['9.847e9', 'scientific'],
    ['984700000', 'wrong_length'],
    ['98470000000', 'wrong_length'],
    ['9847000000 9847000001', 'wrong_length'],
    ['+91 9847 0000', 'wrong_length'],
    ['98470OOOOO', 'wrong_length'],
    ['0000000000', 'wrong_length'],
    ['+1 415 555 2671', 'foreign'],
    ['+65 6123 4567', 'foreign'],
    ['+971 50 123 4567', 'foreign'],
    ['0065 6123 4567', 'foreign'],
    ['0484-2345678', 'not_mobile'],
    ['080-22223333', 'not_mobile'],
    ['1123456789', 'not_mobile'],
    ['9999999999', 'placeholder'],
    ['+91 88888 88888', 'placeholder'],
  ])('%p is %s', (input, reason) => {
    expect(normalisePhone(input)).toEqual({ ok: false, reason });
  });
});
