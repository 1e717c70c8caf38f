import { describe, expect, test } from '@jest/globals';
import { parseDate, parseDateAndClock, parseIsoInstant } from './parse-date.ts';

const now = new Date('2026-11-21T06:00:00Z');
const day = '2026-01-06T00:00:00+05:30';

describe('every form that senders use gives the same instant in Indian time', () => {
  test.each<[unknown, string]>([
    ['2026-01-06T11:00:00+05:30', '2026-01-06T11:00:00+05:30'],
    ['2026-01-06T05:30:00Z', '2026-01-06T11:00:00+05:30'],
    ['2026-01-06T05:30:00.000Z', '2026-01-06T11:00:00+05:30'],
    ['2026-01-05T23:30:00-0600', '2026-01-06T11:00:00+05:30'],
    ['2026-01-06T11:20:01.123', '2026-01-06T11:20:01.123+05:30'],
    ['2026-01-06T11:20:01.123456', '2026-01-06T11:20:01.123456+05:30'],
    ['2026-01-06 11:20:01', '2026-01-06T11:20:01+05:30'],
    ['2026-01-06 11:20', '2026-01-06T11:20:00+05:30'],
    ['2026-01-06', day],
    ['2026/01/06', day],
    ['25/01/2026', '2026-01-25T00:00:00+05:30'],
    ['25-01-2026 18:05', '2026-01-25T18:05:00+05:30'],
    ['06.01.2026 11:20', '2026-01-06T11:20:00+05:30'],
    ['23 05 2023 11:43:52', '2023-05-23T11:43:52+05:30'],
    ['06-Jan-26', day],
    ['06-JAN-2026', day],
    ['6th Jan 2026', day],
    ['Jan 06, 2026', day],
    ['January 6 2026', day],
    ['21 Sept 2025', '2025-09-21T00:00:00+05:30'],
    ['31 Jul 2019, 03:03 PM', '2019-07-31T15:03:00+05:30'],
    ['31 Jul 2019, 12:03 am', '2019-07-31T00:03:00+05:30'],
    ['1767680000', '2026-01-06T11:43:20+05:30'],
    [1767680000, '2026-01-06T11:43:20+05:30'],
    [1767680000123, '2026-01-06T11:43:20.123+05:30'],
    ['Tue, 06 Jan 2026 11:20:01 +0530', '2026-01-06T11:20:01+05:30'],
    ['Tue, 06 Jan 2026 05:50:01 GMT', '2026-01-06T11:20:01+05:30'],
    ['Tue Jan 06 2026 11:20:01 GMT+0530 (India Standard Time)', '2026-01-06T11:20:01+05:30'],
    ['/Date(1767465000000+0530)/', '2026-01-04T00:00:00+05:30'],
    [46028.4722, '2026-01-06T11:19:58+05:30'],
    ['46028', day],
    ['०६/१३/2025', '2025-06-13T00:00:00+05:30'],
    ['  06\u00a0Jan\u00a02026 ', day],
    ['29-02-2024', '2024-02-29T00:00:00+05:30'],
  ])('%p', (input, at) => {
    expect(parseDate(input, { now })).toMatchObject({ ok: true, at });
  });
});

describe('a date that cannot be used is refused by name', () => {
  test.each<[unknown, string]>([
    ['', 'null_date'],
    [null, 'null_date'],
    [undefined, 'null_date'],
    ['NA', 'null_date'],
    ['n/a', 'null_date'],
    ['0000-00-00 00:00:00', 'null_date'],
    ['30-12-0000', 'null_date'],
    ['0001-01-01T00:00:00', 'null_date'],
    ['30-12-1899', 'null_date'],
    ['0', 'null_date'],
    ['31-02-2026', 'impossible'],
    ['29-02-2026', 'impossible'],
    ['13/13/2025', 'impossible'],
    ['2026-01-06 25:00', 'impossible'],
    ['06 Jan 2026 13:00 PM', 'impossible'],
    ['06/01/26', 'unrecognised'],
    ['yesterday', 'unrecognised'],
    ['1st of', 'unrecognised'],
    ['6 Foo 2026', 'unrecognised'],
    ['12345678', 'unrecognised'],
    ['2026-01-06 11:20 Mars', 'unrecognised'],
    [{}, 'null_date'],
    [Number.NaN, 'null_date'],
    ['2027-01-01', 'future'],
    ['/Date(999999999999999)/', 'future'],
    ['9999999999', 'future'],
    ['2014-12-31', 'too_old'],
    ['/Date(-62135596800000)/', 'too_old'],
    ['01-01-1970', 'too_old'],
  ])('%p is %s', (input, reason) => {
    expect(parseDate(input, { now })).toEqual({ ok: false, reason });
  });
});

describe('day and month', () => {
  test.each<[string, 'dmy' | 'mdy' | 'unknown', string, boolean]>([
    ['06/01/2026', 'unknown', '2026-01-06', true],
    ['06/01/2026', 'dmy', '2026-01-06', false],
    ['06/01/2026', 'mdy', '2026-06-01', false],
    ['01/25/2026', 'unknown', '2026-01-25', false],
    ['25/01/2026', 'unknown', '2026-01-25', false],
    ['06/06/2026', 'unknown', '2026-06-06', false],
  ])('%s read as %s', (input, numericOrder, date, ambiguous) => {
    const at = `${date}T00:00:00+05:30`;
    expect(parseDate(input, { now, numericOrder })).toEqual({ ok: true, at, ambiguous });
  });

  test('a known order is not bent to make an impossible date possible', () => {
    const parsed = parseDate('01/25/2026', { now, numericOrder: 'dmy' });
    expect(parsed).toEqual({ ok: false, reason: 'impossible' });
  });
});

test('a clock that runs a few minutes ahead is no future date', () => {
  expect(parseDate('2026-11-21T06:04:00Z', { now })).toMatchObject({ ok: true });
  expect(parseDate('2026-11-21T06:06:00Z', { now })).toEqual({ ok: false, reason: 'future' });
});

describe('a date and a time of day in two fields', () => {
  test.each<[unknown, unknown, unknown]>([
    ['23-05-2019', '1448', { ok: true, at: '2019-05-23T14:48:00+05:30', ambiguous: false }],
    ['23-05-2019', 948, { ok: true, at: '2019-05-23T09:48:00+05:30', ambiguous: false }],
    ['23-05-2019', '2561', { ok: false, reason: 'impossible' }],
    ['23-05-2019', 'noon', { ok: false, reason: 'unrecognised' }],
    ['', '1448', { ok: false, reason: 'null_date' }],
  ])('%p and %p', (date, clock, expected) => {
    expect(parseDateAndClock(date, clock, { now })).toEqual(expected);
  });
});

describe('a machine time', () => {
  test.each<[unknown, string | null]>([
    ['2026-01-06T11:00:00+05:30', '2026-01-06T11:00:00+05:30'],
    ['2026-01-06T00:30:00-05:00', '2026-01-06T11:00:00+05:30'],
    ['2031-01-06T11:00:00Z', '2031-01-06T16:30:00+05:30'],
    ['2026-01-06T11:00:00', null],
    ['2026-02-30T11:00:00Z', null],
    ['soon', null],
    [1767680000, null],
  ])('%p', (input, at) => {
    expect(parseIsoInstant(input)).toBe(at);
  });
});
