import { expect, test } from '@jest/globals';
import type { ParcelStatus } from '../tracking-scan.ts';
import { parcelStatus } from './codes.ts';

test.each<[type: string, status: string, code: string, becomes: ParcelStatus | null]>([
  ['UD', 'Manifested', 'X-UCI', null],
  ['UD', 'Manifested', 'FMPUR-101', null],
  ['UD', 'Not Picked', 'X-PNP', null],
  ['UD', 'Not Picked', 'DTUP-210', 'cancelled'],
  ['UD', 'In Transit', 'X-PPOM', 'handed_over'],
  ['UD', 'Manifested', 'X-PPOM', 'handed_over'],
  ['UD', 'In Transit', 'X-PIOM', 'in_transit'],
  ['UD', 'In Transit', 'X-DBL1F', 'in_transit'],
  ['UD', 'In Transit', '', 'in_transit'],
  ['UD', 'Pending', 'X-DLL2F', 'in_transit'],
  ['UD', 'Pending', '', 'in_transit'],
  ['UD', 'Pending', 'EOD-11', 'undelivered'],
  ['UD', 'Pending', 'eod-74', 'undelivered'],
  ['UD', 'Dispatched', 'X-DDD3FD', 'out_for_delivery'],
  ['ud', ' dispatched ', '', 'out_for_delivery'],
  ['DL', 'Delivered', 'EOD-38', 'delivered'],
  ['DL', 'RTO', 'RD-AC', 'returned'],
  ['DL', 'DTO', '', null],
  ['RT', 'In Transit', 'X-DBL1F', 'rto'],
  ['RT', 'Pending', 'EOD-11', 'rto'],
  ['RT', 'Dispatched', '', 'rto'],
  ['', 'Lost', '', 'lost'],
  ['UD', 'LOST', 'LT-100', 'lost'],
  ['RT', 'Lost', '', 'lost'],
  ['PP', 'Dispatched', '', null],
  ['PU', 'In Transit', '', null],
  ['CN', 'Canceled', '', null],
  ['UD', 'Delivered', '', null],
  ['UD', 'Teleported', 'X-ZZZ', null],
  ['', '', '', null],
])('%s %s %s becomes %s', (type, status, code, becomes) => {
  expect(parcelStatus({ type, status, code })).toBe(becomes);
});
