import { describe, expect, test } from '@jest/globals';
import { code128 } from '../../sandbox/delhivery/code-128.ts';
import { barWidths } from './bar-code.ts';
import { labelPdf } from './label-pdf.ts';
import type { LabelData } from './label-pdf.ts';
import { look } from './test-pdf.ts';
import { runsOf } from './text.ts';

const label: LabelData = {
  carrier: 'Blue Dart',
  service: 'Surface',
  awb: '90001481544',
  routing: ['DEL', 'NRA'],
  reference: 'W1-1001-1',
  payment: { mode: 'cod', amountMinor: 12_345_600 },
  declaredMinor: 12_345_600,
  consignee: {
    name: 'Asha R',
    addressLines: ['12/4 Beach Rd', 'near temple'],
    city: 'Kochi',
    state: 'Kerala',
    pincode: '682001',
    phone: '9847012345',
  },
  from: {
    name: 'Kochi Cotton',
    addressLines: ['7 Market Rd'],
    city: 'Kochi',
    state: 'Kerala',
    pincode: '682011',
    phone: '9847000001',
  },
  weightGrams: 451,
  lengthMm: 250,
  widthMm: 200,
  heightMm: 45,
  description: 'Cotton kurta x 1',
  box: 1,
  boxes: 2,
  pickupOn: '2026-01-04',
  madeAt: new Date('2026-01-04T10:00:00Z'),
};

const seen = async (change: Partial<LabelData> = {}) =>
  look(await labelPdf({ ...label, ...change }));
const to = (change: Partial<LabelData['consignee']>) => ({
  consignee: { ...label.consignee, ...change },
});

describe('a label', () => {
  test('has everything that moves the parcel, on one page', async () => {
    const { text, pages, fonts } = await seen();
    expect(pages).toBe(1);
    for (const part of [
      'BLUE DART',
      'SURFACE - 1/2',
      '90001481544',
      'DEL / NRA',
      'COD - COLLECT Rs 1,23,456.00',
      'Asha R',
      '12/4 Beach Rd, near temple, Kochi',
      'Kerala - 682001',
      'Phone 9847012345',
      'W1-1001-1',
      '0.451 kg, 25 x 20 x 5 cm',
      'Kochi Cotton',
      '7 Market Rd, Kochi, Kerala - 682011, Phone',
    ]) {
      expect(text).toContain(part);
    }
    expect(fonts.toSorted()).toEqual(['Helvetica', 'Helvetica-Bold']);
  });

  test('a prepaid one asks for nothing', async () => {
    const { text } = await seen({ payment: { mode: 'prepaid' } });
    expect(text).toContain('PREPAID - DO NOT COLLECT');
    expect(text).not.toContain('COD');
  });

  test('every bar is drawn', async () => {
    const bars = (text: string) => Math.ceil(barWidths(text).length / 2);
    const { rectangles } = await seen({ payment: { mode: 'prepaid' } });
    expect(rectangles).toBe(bars(label.awb) + bars(label.reference));
  });

  test('the same data is the same file', async () => {
    expect(await labelPdf(label)).toEqual(await labelPdf(label));
  });

  test('Malayalam and Hindi are there twice: in Latin letters, and as they were written', async () => {
    const malayalam = await seen(to({ name: 'ആശ', addressLines: ['ബീച്ച് റോഡ് 🏠'], city: 'കൊച്ചി' }));
    expect(malayalam.text).toContain('Asha');
    expect(malayalam.text).toContain('Bicch Rod, Kocchi');
    expect(malayalam.text).toContain('AS WRITTEN BY THE CUSTOMER');
    expect(malayalam.fonts.join()).toContain('NotoSansMalayalam');
    const hindi = await seen(to({ name: 'कृष्ण कुमार' }));
    expect(hindi.text).toContain('Krishna Kumar');
    expect(hindi.fonts.join()).toContain('NotoSansDevanagari');
  });

  test('what cannot be written is marked', async () => {
    const { text } = await seen(to({ name: 'محمد Khan' }));
    expect(text).toContain('Khan [?]');
  });

  test('a long address is printed smaller and whole', async () => {
    const addressLines = Array.from({ length: 14 }, (_, at) => `Block ${at} Longwinded Apartments`);
    const { text } = await seen(to({ addressLines }));
    expect(text.replaceAll('\n', ' ')).toContain(addressLines.join(', '));
  });

  test('one that does not fit at all is an error and not cut', async () => {
    const addressLines = [Array.from({ length: 300 }, () => 'endless').join(' ')];
    await expect(labelPdf({ ...label, ...to({ addressLines }) })).rejects.toThrow(RangeError);
  });

  test.each<[string, Partial<LabelData>]>([
    ['COD of nothing', { payment: { mode: 'cod', amountMinor: 0 } }],
    ['cash for a prepaid parcel', { payment: { mode: 'prepaid', amountMinor: 1 } as never }],
    ['no AWB', { awb: '' }],
    ['no routing', { routing: [''] }],
    ['an AWB that is no bar code', { awb: '൯' }],
  ])('%s is never printed', async (_what, change) => {
    await expect(labelPdf({ ...label, ...change })).rejects.toThrow(RangeError);
  });
});

describe('bars', () => {
  test('are those of an independent table', () => {
    expect(barWidths('57930810000011')).toEqual(code128('57930810000011'));
  });

  test('odd numbers and letters have theirs, and end with the stop', () => {
    for (const text of ['90001481544', 'W1-1001-1']) {
      expect(barWidths(text).slice(-7).join('')).toBe('2331112');
    }
  });
});

test.each([
  ['Asha', [['Helvetica', 'Asha']]],
  [
    'ആശ Asha',
    [
      ['malayalam', 'ആശ'],
      ['Helvetica', ' Asha'],
    ],
  ],
  ['சென்னை', [['Helvetica', 'Chennai']]],
  ['José 🏠👩‍👩‍👧 x', [['Helvetica', 'José [?] x']]],
  ['北京', [['Helvetica', '[?]']]],
])('%s is printed as %j', (text, runs) => {
  expect(runsOf(text).map((run) => [run.font, run.text])).toEqual(runs);
});
