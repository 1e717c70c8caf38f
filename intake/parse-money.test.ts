import { describe, expect, test } from '@jest/globals';
import { decimalToMinor, parseMoney } from './parse-money.ts';

describe('amounts as people and spreadsheets write them', () => {
  test.each<[unknown, number]>([
    ['Rs. 1,23,456.00', 12345600],
    ['Rs.1,23,456', 12345600],
    ['INR 799/-', 79900],
    ['₹799', 79900],
    ['₹ 1,234.5', 123450],
    ['799 only', 79900],
    ['Rs 799/- only', 79900],
    ['799.00 INR', 79900],
    ['1,234,567.89', 123456789],
    ['12,34,567', 123456700],
    ['0.07', 7],
    ['.5', 50],
    ['5.', 500],
    ['749.0000', 74900],
    [749, 74900],
    [749.35, 74935],
    [0, 0],
    ['₹७९९', 79900],
    ['\u00a0₹\u00a0799\u200b', 79900],
  ])('%p', (input, minor) => {
    expect(parseMoney(input)).toEqual({ ok: true, minor });
  });
});

describe('what is no amount is refused by name', () => {
  test.each<[unknown, string]>([
    ['', 'empty'],
    [null, 'empty'],
    [Number.NaN, 'empty'],
    ['free', 'unrecognised'],
    ['Rs.', 'unrecognised'],
    ['12,34', 'unrecognised'],
    ['1,2,3', 'unrecognised'],
    ['1.234,56', 'unrecognised'],
    ['1.2 lakh', 'unrecognised'],
    ['799 + 50', 'unrecognised'],
    ['=799+50', 'unrecognised'],
    ['-799', 'negative'],
    ['₹-799', 'negative'],
    ['(799)', 'negative'],
    ['1.2E+05', 'scientific'],
    [1e21, 'scientific'],
    ['$12', 'foreign_currency'],
    ['AED 40', 'foreign_currency'],
    ['10.005', 'too_precise'],
    ['99999999999999999', 'too_large'],
  ])('%p is %s', (input, reason) => {
    expect(parseMoney(input)).toEqual({ ok: false, reason });
  });
});

test('no decimal loses a paisa on the way', () => {
  for (let minor = 0; minor < 20_000; minor += 1) {
    const decimal = `${Math.floor(minor / 100)}.${String(minor % 100).padStart(2, '0')}`;
    expect(decimalToMinor(decimal)).toEqual({ ok: true, minor });
  }
});

test('a negative zero is zero and a negative paisa is refused', () => {
  expect(decimalToMinor('-0.00')).toEqual({ ok: true, minor: 0 });
  expect(decimalToMinor('-0.01')).toEqual({ ok: false, reason: 'negative' });
});
