import { expect, test } from '@jest/globals';
import { formatMoney, majorText, minorOf } from './money.ts';
import { formatAge } from './time.ts';

test.each([
  [12345600, '₹1,23,456'],
  [123456789012, '₹1,23,45,67,890.12'],
  [50, '₹0.50'],
  [0, '₹0'],
])('%p paise are %s', (minor, shown) => {
  expect(formatMoney({ amount: minor, currency: 'INR' })).toBe(shown);
});

test.each([
  ['42', 4200, '42'],
  ['4.1', 410, '4.10'],
  [' 1499.95 ', 149_995, '1499.95'],
  ['0.29', 29, '0.29'],
])('%p typed are %i paise', (typed, minor, shown) => {
  expect(minorOf(typed)).toBe(minor);
  expect(majorText(minor)).toBe(shown);
});

test.each(['', '4.123', '-1', '1,200', '₹4', '1e3'])('%p is no amount', (typed) => {
  expect(minorOf(typed)).toBeNull();
});

test.each([
  [-5, 'now'],
  [59, 'now'],
  [60, '1 min'],
  [3_599, '59 min'],
  [3_600, '1 h'],
  [172_799, '47 h'],
  [172_800, '2 d'],
])('after %i seconds the age is %s', (seconds, shown) => {
  const since = '2026-11-21T09:00:00.000Z';
  expect(formatAge(since, Date.parse(since) + seconds * 1000)).toBe(shown);
});
