import { describe, expect, test } from '@jest/globals';
import { UnbookableError } from '../parcel.ts';
import type { Booking } from './booking.ts';
import { buildCreateShipment, parseCreateShipment } from './create-shipment.ts';
import { account, answerOf, booking } from './samples.ts';

interface Sent {
  shipments: Record<string, string>[];
  pickup_location: { name: string };
}

function sent(change: Partial<Booking>): Sent {
  const { body } = buildCreateShipment(account, { ...booking, ...change });
  const form = new URLSearchParams(body);
  expect([...form.keys()]).toEqual(['format', 'data']);
  return JSON.parse(form.get('data') ?? '') as Sent;
}

describe('what is sent', () => {
  test('a COD parcel asks for its amount, with two decimals', () => {
    const [shipment] = sent({
      payment: { mode: 'cod', amountMinor: 5007 },
      totalMinor: 123456789,
    }).shipments;
    expect(shipment).toMatchObject({
      payment_mode: 'COD',
      cod_amount: '50.07',
      total_amount: '1234567.89',
    });
  });

  test('a prepaid parcel asks for nothing', () => {
    const [shipment] = sent({ payment: { mode: 'prepaid' } }).shipments;
    expect(shipment).toMatchObject({ payment_mode: 'Prepaid', total_amount: '799.00' });
    expect(shipment).not.toHaveProperty('cod_amount');
  });

  test('the reserved waybill and no key that makes Delhivery find nothing', () => {
    const [shipment] = sent({}).shipments;
    expect(shipment?.['waybill']).toBe('57930810000011');
    expect(shipment).not.toHaveProperty('client');
    expect(shipment).not.toHaveProperty('shipment_type');
  });

  test('characters that break their reader become spaces, everything else stays', () => {
    const name = 'Asha & Co; 100% #1 \\ "A"\n\tR\u0000';
    const consignee = { ...booking.consignee, name, addressLines: ['തൃശ്ശൂർ 🏠', 'x;;y'] };
    const [shipment] = sent({ consignee, description: 'A\u2028B' }).shipments;
    expect(shipment?.['name']).toBe('Asha Co 100 1 "A" R');
    expect(shipment?.['add']).toBe('തൃശ്ശൂർ 🏠, x y');
    expect(shipment?.['products_desc']).toBe('A B');
  });

  test('the registered warehouse keeps every letter', () => {
    const pickupLocation = { ...booking.pickupLocation, name: 'Kochi & Sons  1' };
    expect(sent({ pickupLocation }).pickup_location).toEqual({ name: 'Kochi & Sons  1' });
  });

  test('boxes are rounded up to whole centimetres, times are Indian', () => {
    const [shipment] = sent({
      lengthMm: 251,
      heightMm: 3,
      orderedAt: '2026-01-05T20:00:00Z',
    }).shipments;
    expect(shipment).toMatchObject({
      shipment_length: '26',
      shipment_height: '1',
      order_date: '2026-01-06 01:30:00',
    });
  });

  test('the same booking is the same request at every attempt', () => {
    expect(buildCreateShipment(account, booking)).toEqual(buildCreateShipment(account, booking));
  });
});

describe('what must never be sent', () => {
  const prepaidWithAmount = { mode: 'prepaid', amountMinor: 100 } as Booking['payment'];
  test.each<[string, Partial<Booking>, string]>([
    ['COD of nothing', { payment: { mode: 'cod', amountMinor: 0 } }, 'payment.amountMinor'],
    ['negative COD', { payment: { mode: 'cod', amountMinor: -1 } }, 'payment.amountMinor'],
    ['part of a paisa', { payment: { mode: 'cod', amountMinor: 1.5 } }, 'payment.amountMinor'],
    [
      'COD above the total',
      { payment: { mode: 'cod', amountMinor: 79901 } },
      'payment.amountMinor',
    ],
    ['cash for a prepaid parcel', { payment: prepaidWithAmount }, 'payment.amountMinor'],
    ['no waybill', { waybill: '' }, 'waybill'],
    ['a reference of 50 characters', { reference: 'x'.repeat(50) }, 'reference'],
    ['a reference with a comma', { reference: 'A,B' }, 'reference'],
    ['a reference with a hash', { reference: '#1001' }, 'reference'],
    [
      'a phone with its country code',
      { consignee: { ...booking.consignee, phone: '+919847000000' } },
      'consignee.phone',
    ],
    [
      'a PIN of five',
      { consignee: { ...booking.consignee, pincode: '68200' } },
      'consignee.pincode',
    ],
    ['no weight', { weightGrams: 0 }, 'weightGrams'],
    [
      'no warehouse',
      { pickupLocation: { ...booking.pickupLocation, name: '' } },
      'pickupLocation.name',
    ],
  ])('%s', (_what, change, field) => {
    const build = () => buildCreateShipment(account, { ...booking, ...change });
    expect(build).toThrow(UnbookableError);
    expect(build).toThrow(expect.objectContaining({ field }));
  });
});

describe('what counts as booked', () => {
  const success = { status: 'Success', waybill: booking.waybill, refnum: booking.reference };
  const parse = (body: unknown, status = 200) =>
    parseCreateShipment(booking, answerOf({ status, headers: {}, body: JSON.stringify(body) }));

  test.each([
    ['as documented', { success: true, packages: [{ ...success, remarks: [''] }] }],
    [
      'a waybill as a number',
      { success: true, packages: [{ ...success, waybill: 57930810000011 }] },
    ],
    ['no upload id, null remarks', { packages: [{ ...success, remarks: null }] }],
    ['among others', { success: true, packages: [{ ...success, refnum: 'B' }, success] }],
  ])('%s', (_what, body) => {
    expect(parse(body)).toMatchObject({ kind: 'done', value: { waybill: booking.waybill } });
  });

  test.each([
    [
      'success without a package',
      { success: true, packages: [], upload_wbn: 'UPL1' },
      'no-package',
    ],
    [
      'another waybill',
      { success: true, packages: [{ ...success, waybill: '1' }] },
      'confirmation-differs',
    ],
    [
      'another order',
      { success: true, packages: [{ ...success, refnum: 'B' }] },
      'confirmation-differs',
    ],
    [
      'success that contradicts itself',
      { success: false, packages: [success] },
      'confirmation-differs',
    ],
    ['a failure without a reason', { packages: [{ ...success, status: 'Fail' }] }, 'no-package'],
    ['a package of another shape', { success: true, packages: [null] }, 'unreadable-body'],
    ['nothing known', { hello: 1 }, 'unreadable-body'],
  ])('%s is not, but may be', (_what, body, code) => {
    expect(parse(body)).toMatchObject({ kind: 'unknown', code });
  });

  test('the same refusal means the same under HTTP 400', () => {
    expect(parse({ success: false, rmk: 'Duplicate waybill' }, 400)).toMatchObject({
      kind: 'exists',
    });
  });
});
