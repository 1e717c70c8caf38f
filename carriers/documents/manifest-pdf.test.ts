import { describe, expect, test } from '@jest/globals';
import { manifestPdf, pagesOf, totalsOf } from './manifest-pdf.ts';
import type { ManifestData, ManifestParcel } from './manifest-pdf.ts';
import { look } from './test-pdf.ts';

const parcel = (at: number): ManifestParcel => ({
  awb: String(90_001_481_544 + at),
  reference: `W1-${1001 + at}-1`,
  box: 1,
  boxes: 1,
  pincode: '110001',
  weightGrams: 451,
  codMinor: at % 2 === 0 ? 0 : 79_900,
  struck: null,
});
const parcels = (count: number) => Array.from({ length: count }, (_, at) => parcel(at));
const manifest = (rows: readonly ManifestParcel[]): ManifestData => ({
  number: 12,
  carrier: 'Blue Dart',
  account: 'Main',
  location: {
    name: 'KOCHI-1',
    address: '7 Market Rd',
    city: 'Kochi',
    pincode: '682011',
    phone: '9847000001',
  },
  day: '2026-01-04',
  pickupReference: '30526640',
  parcels: rows,
  madeBy: 'Priya',
  madeAt: new Date('2026-01-04T10:00:00Z'),
});

describe('a manifest', () => {
  test('names every AWB once, with totals and two places to sign', async () => {
    const { text, pages } = look(await manifestPdf(manifest(parcels(37))));
    for (const { awb, reference } of parcels(37)) {
      expect(text.split('\n').filter((line) => line === awb)).toHaveLength(1);
      expect(text).toContain(reference);
    }
    expect(pages).toBe(3);
    expect(text).toContain('Page 3 of 3');
    expect(text).toContain('Total 37 boxes, 16.687 kg, COD Rs 14,382.00 on 18');
    expect(text).toContain('Handed over by');
    expect(text).toContain('Received for Blue Dart');
    expect(text).toContain('Pickup 30526640');
  });

  test('says which it is, and who made it when, by the clock of India', async () => {
    const { text } = look(await manifestPdf(manifest(parcels(1))));
    expect(text).toContain('Hand-over manifest 12');
    expect(text).toContain('made 15:30 by Priya');
    expect(text).toContain('Manifest 12, Blue Dart, 2026-01-04');
  });

  test('what is not handed over is struck through: no bar code, and no part of the totals', async () => {
    const whole = look(await manifestPdf(manifest(parcels(3))));
    const [first, second, third] = parcels(3);
    const rows = [
      first!,
      { ...second!, struck: 'cancelled' },
      { ...third!, struck: 'left behind' },
    ];
    const { text, rectangles } = look(await manifestPdf(manifest(rows)));
    expect(text).toContain('CANCELLED');
    expect(text).toContain('LEFT BEHIND');
    for (const { awb } of rows) expect(text).toContain(awb);
    expect(text).toContain('Total 1 box, 0.451 kg, COD Rs 0.00 on 0');
    expect(rectangles).toBeLessThan(whole.rectangles);
  });

  test('one parcel is one page and one box', async () => {
    const { text, pages } = look(await manifestPdf(manifest(parcels(1))));
    expect(pages).toBe(1);
    expect(text).toContain('Total 1 box, 0.451 kg, COD Rs 0.00 on 0');
    expect(text).toContain('prepaid');
  });

  test('an AWB that is there twice, or nothing at all, is an error', async () => {
    await expect(manifestPdf(manifest([parcel(1), parcel(1)]))).rejects.toThrow(RangeError);
    await expect(manifestPdf(manifest([]))).rejects.toThrow(RangeError);
  });

  test('the same data is the same file', async () => {
    const [first, second] = [1, 2].map(() => manifestPdf(manifest(parcels(3))));
    expect(await first).toEqual(await second);
  });
});

test('whatever the number, no row is lost and the last page has room for the signatures', () => {
  for (let count = 1; count <= 120; count += 1) {
    const pages = pagesOf(parcels(count));
    expect(pages.flat()).toEqual(parcels(count));
    expect(pages.at(-1)?.length).toBeGreaterThan(0);
    expect(pages.at(-1)?.length).toBeLessThanOrEqual(14);
    expect(Math.max(...pages.map((rows) => rows.length))).toBeLessThanOrEqual(18);
  }
});

test('totals', () => {
  expect(totalsOf(parcels(4))).toEqual({
    parcels: 4,
    weightGrams: 1804,
    codParcels: 2,
    codMinor: 159_800,
  });
});
