/** A check that cannot fail proves nothing: each is shown what it must find. */
import { expect, test } from '@jest/globals';

import { compareCalls, compareMessages, compareParcels, type OurBox } from './book-checks.ts';
import type { TheirParcel } from '../../demo/their-parcels.ts';

const ours: OurBox = {
  carrier: 'delhivery',
  awb: '111',
  reference: 'W1-1-1',
  cod_minor: 79900,
  status: 'delivered',
};
const theirs: TheirParcel = {
  carrier: 'delhivery',
  awb: '111',
  reference: 'W1-1-1',
  codMinor: 79900,
  isLive: true,
  turnsBack: false,
  end: 'delivered',
};

function wrong(boxes: OurBox[], parcels: TheirParcel[]): string[] {
  return compareParcels(boxes, parcels).flatMap((check) => check.wrong);
}

test('books that agree have nothing wrong', () => {
  expect(wrong([ours], [theirs])).toEqual([]);
});

test('a parcel that only the carrier knows, and one that only we know, are found', () => {
  expect(wrong([], [theirs])).toEqual(['delhivery 111 W1-1-1 is only in theirs']);
  expect(wrong([ours], [])).toEqual(['delhivery 111 W1-1-1 is only in ours']);
});

test('a parcel that was called off there and lives here is found, and the other way round', () => {
  expect(wrong([ours], [{ ...theirs, isLive: false }])).toHaveLength(1);
  expect(wrong([{ ...ours, status: 'cancelled' }], [{ ...theirs, end: null }])).toHaveLength(1);
});

test('a parcel that was called off on its way may be cancelled here, or comes back here as well', () => {
  const back: TheirParcel = { ...theirs, isLive: false, turnsBack: true, end: 'returned' };
  expect(wrong([{ ...ours, status: 'cancelled' }], [back])).toEqual([]);
  expect(wrong([{ ...ours, status: 'returned' }], [back])).toEqual([]);
  expect(wrong([{ ...ours, status: 'in_transit' }], [back])).toHaveLength(1);
});

test('a parcel that was delivered and is still planned here is found', () => {
  expect(wrong([{ ...ours, status: 'planned' }], [theirs])).toEqual([
    'delhivery 111 is delivered, here planned',
  ]);
});

test('a box with two live AWBs is found, at one carrier or at two', () => {
  const second = { ...theirs, carrier: 'bluedart' as const, awb: '222' };
  expect(wrong([ours], [theirs, second])).toContain('W1-1-1: delhivery 111, bluedart 222');
  expect(wrong([ours], [theirs, { ...second, isLive: false }])).toEqual([]);
});

test('cash on a prepaid parcel, too little and too much, is found', () => {
  for (const codMinor of [0, 79800, 80000]) {
    expect(wrong([ours], [{ ...theirs, codMinor }])).toHaveLength(1);
  }
  expect(wrong([{ ...ours, cod_minor: 0 }], [theirs])).toHaveLength(1);
});

test('a parcel that was returned and is delivered here is found', () => {
  expect(wrong([ours], [{ ...theirs, end: 'returned' }])).toEqual([
    'delhivery 111 is returned, here delivered',
  ]);
});

test('a message that was sent twice, one that is not ours and one that was never sent are found', () => {
  const message = (callbackData: string | null) => ({
    id: 'wamid.1',
    phoneNumberId: '1',
    to: '91',
    type: 'template',
    template: 't',
    language: 'en',
    category: 'UTILITY',
    parameters: [],
    callbackData,
    acceptedAt: 0,
    statuses: [],
  });
  const sent = { key: '1:a', status: 'sent' };
  expect(compareMessages([sent], [message('1:a')]).wrong).toEqual([]);
  expect(compareMessages([sent], [message('1:a'), message('1:a')]).wrong).toEqual([
    '1:a was sent twice',
  ]);
  expect(compareMessages([], [message(null)]).wrong).toEqual(['no key is not ours']);
  expect(compareMessages([sent], []).wrong).toEqual(['1:a is sent here and was never sent']);
  expect(compareMessages([{ key: '1:a', status: 'sending' }], []).wrong).toEqual([]);
});

test('calls without a row are found once kills do not explain them, and rows without a call', () => {
  const service = { service: 'delhivery', calls: 90, answered: 80, served: 100 };
  expect(compareCalls([service], 10).wrong).toEqual([]);
  expect(compareCalls([service], 9).wrong).toEqual(['10 calls have no row']);
  expect(compareCalls([{ ...service, answered: 101 }], 10).wrong).toHaveLength(1);
});
