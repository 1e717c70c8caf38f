import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { ParcelStatus } from '../tracking-scan.ts';
import { parcelStatus, statuses } from './codes.ts';

test.each<[code: string, label: string, becomes: ParcelStatus | null]>([
  ['7', 'DELIVERED', 'delivered'],
  ['10', 'RTO DELIVERED', 'returned'],
  ['42', 'PICKED UP', 'handed_over'],
  ['18', 'IN TRANSIT-EN-ROUTE', 'in_transit'],
  ['17', 'OUT FOR DELIVERY', 'out_for_delivery'],
  ['21', 'UNDELIVERED-1ST ATTEMPT', 'undelivered'],
  ['16', 'CANCELLATION REQUESTED', null],
  ['8', 'CANCELED', 'cancelled'],
  ['1', 'AWB ASSIGNED', null],
  ['NA', 'NA', null],
  ['', 'UNDELIVERED-2ND ATTEMPT', 'undelivered'],
  ['', 'RTO IN TRANSIT', 'rto'],
  ['NA', 'RTO DELIVERED', 'returned'],
  ['999', 'IN TRANSIT-EN-ROUTE', 'in_transit'],
  // What is not known by its number is never delivered, whatever it says.
  ['999', 'DELIVERED', null],
  ['', 'DELIVERED', null],
  ['', '', null],
  ['7.0', 'DELIVERED', null],
])('%s %s becomes %s', (code, label, becomes) => {
  expect(parcelStatus(code, label)).toBe(becomes);
});

test('the documentation has the same table', () => {
  const text = readFileSync(new URL('../../docs/shiprocket.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| (\d+) \| (.+?) \| (?:`(\w+)`|nothing) \|$/gm)];
  expect(rows.map(([, code, label, status]) => [Number(code), [label, status ?? null]])).toEqual([
    ...statuses,
  ]);
});
