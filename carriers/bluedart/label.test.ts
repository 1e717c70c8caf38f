import { expect, test } from '@jest/globals';
import { labelPdf } from '../documents/label-pdf.ts';
import { look } from '../documents/test-pdf.ts';
import { labelOf } from './label.ts';
import { account, booking } from './samples.ts';

const madeAt = new Date('2026-01-04T10:00:00Z');
const routing = { area: 'GGN', serviceCentre: 'GDC', cluster: null };

test('a booking becomes a label with its waybill, routing codes and COD amount', async () => {
  const data = labelOf(
    account,
    booking,
    { awb: '21094582725', routing },
    { box: 1, boxes: 1, madeAt },
  );
  const { text } = look(await labelPdf(data));
  for (const part of ['21094582725', 'GGN / GDC', 'COLLECT Rs 799.00', 'W1-1001-1', 'Asha R']) {
    expect(text).toContain(part);
  }
  expect(text).toContain('7 Market Rd, Kochi - 682011');
});

test('without routing codes there is no label', async () => {
  const nowhere = { area: '', serviceCentre: '', cluster: null };
  const data = labelOf(
    account,
    booking,
    { awb: '1', routing: nowhere },
    { box: 1, boxes: 1, madeAt },
  );
  await expect(labelPdf(data)).rejects.toThrow('routing');
});
