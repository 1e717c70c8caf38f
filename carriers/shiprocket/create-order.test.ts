import { describe, expect, test } from '@jest/globals';
import { UnbookableError } from '../parcel.ts';
import { orderLines } from './booking.ts';
import type { Booking } from './booking.ts';
import { buildCreateOrder, parseCreateOrder } from './create-order.ts';
import { account, answerOf, booking, created } from './samples.ts';

const sent = (change: Partial<Booking> = {}, round = 1) =>
  JSON.parse(buildCreateOrder(account, { ...booking, ...change }, round).body ?? '') as Record<
    string,
    unknown
  >;
const parse = (status: number, body: unknown) =>
  parseCreateOrder(account, booking, answerOf(status, body));

describe('what is sent', () => {
  test('is what the contract shows', () => {
    expect(buildCreateOrder(account, booking, 1)).toMatchObject({
      method: 'POST',
      url: 'https://apiv2.shiprocket.in/v1/external/orders/create/adhoc',
      headers: { authorization: 'Bearer a-token', 'content-type': 'application/json' },
    });
    expect(sent()).toEqual({
      order_id: 'SHOP1-10021',
      order_date: '2026-01-06 11:20',
      pickup_location: 'KOCHI-1',
      billing_customer_name: 'Asha R',
      billing_last_name: '',
      billing_address: '12/4 Beach Rd, near temple',
      billing_address_2: '',
      billing_city: 'Kochi',
      billing_pincode: 682001,
      billing_state: 'Kerala',
      billing_country: 'India',
      billing_email: 'a@x.in',
      billing_phone: 9847012345,
      shipping_is_billing: true,
      order_items: [
        { name: 'Cotton kurta', sku: 'KUR-M', units: 1, selling_price: 799, hsn: '6211' },
      ],
      payment_method: 'COD',
      sub_total: 799,
      length: 25,
      breadth: 20,
      height: 5,
      weight: 0.45,
      is_insurance_opt: 0,
    });
  });

  test('money and weight keep their last digit', () => {
    const lines = [{ ...booking.lines[0]!, unitPriceMinor: 5007, units: 3 }];
    const amounts = { payment: { mode: 'cod', amountMinor: 15021 } as const, totalMinor: 99999 };
    expect(sent({ ...amounts, lines, weightGrams: 1234 })).toMatchObject({
      sub_total: 150.21,
      weight: 1.234,
      order_items: [{ units: 3, selling_price: 50.07 }],
    });
  });

  test('a further round has another id, the first has its own', () => {
    expect([sent({}, 1)['order_id'], sent({}, 3)['order_id']]).toEqual([
      'SHOP1-10021',
      'SHOP1-10021-R3',
    ]);
  });

  test('an HSN code with letters is left out, text of any script stays', () => {
    const consignee = { ...booking.consignee, name: 'ആശ 🙂\n\u0000R' };
    const lines = [{ ...booking.lines[0]!, hsnCode: '62 A' }];
    expect(sent({ consignee, lines })).toMatchObject({
      billing_customer_name: 'ആശ 🙂 R',
      order_items: [{ hsn: '' }],
    });
  });
});

describe('what must never be sent', () => {
  const consignee = (change: object) => ({ consignee: { ...booking.consignee, ...change } });
  const prepaidWithAmount = { mode: 'prepaid', amountMinor: 100 } as Booking['payment'];
  test.each<[string, Partial<Booking>, string]>([
    ['COD of nothing', { payment: { mode: 'cod', amountMinor: 0 } }, 'payment.amountMinor'],
    [
      'COD above the total',
      { payment: { mode: 'cod', amountMinor: 79901 } },
      'payment.amountMinor',
    ],
    ['part of a paisa', { payment: { mode: 'cod', amountMinor: 1.5 } }, 'payment.amountMinor'],
    ['cash for a prepaid parcel', { payment: prepaidWithAmount }, 'payment.amountMinor'],
    ['lines of another sum', { payment: { mode: 'cod', amountMinor: 79800 } }, 'lines'],
    ['prepaid lines of another sum', { payment: { mode: 'prepaid' }, totalMinor: 1 }, 'lines'],
    ['no line', { lines: [] }, 'lines'],
    ['an article twice', { lines: [...booking.lines, ...booking.lines] }, 'lines'],
    ['a reference with a hash', { reference: '#1001' }, 'reference'],
    ['a reference without room', { reference: 'x'.repeat(41) }, 'reference'],
    ['a phone with its code', consignee({ phone: '919847012345' }), 'consignee.phone'],
    ['no e-mail address', consignee({ email: '' }), 'consignee.email'],
    ['no state', consignee({ state: ' ' }), 'consignee.state'],
    ['a long city', consignee({ city: 'x'.repeat(31) }), 'consignee.city'],
    ['no weight', { weightGrams: 0 }, 'weightGrams'],
    ['no pickup location', { pickupLocation: '' }, 'pickupLocation'],
  ])('%s', (_what, change, field) => {
    const build = () => buildCreateOrder(account, { ...booking, ...change }, 1);
    expect(build).toThrow(UnbookableError);
    expect(build).toThrow(expect.objectContaining({ field }));
  });
});

describe('the lines of an order', () => {
  const line = (sku: string, units: number, unitPriceMinor: number) => ({
    sku,
    name: `Article ${sku}`,
    units,
    unitPriceMinor,
    hsnCode: null,
  });

  test('one article is one line, however often it came', () => {
    const lines = orderLines([line('A', 1, 500), line('B', 1, 100), line('A', 2, 500)], 1600);
    expect(lines.map(({ sku, units }) => [sku, units])).toEqual([
      ['A', 3],
      ['B', 1],
    ]);
  });

  test.each([
    ['a discount', [line('A', 3, 500)], 1399],
    ['two prices for one article', [line('A', 1, 500), line('A', 1, 400)], 900],
    ['part paid already', [line('A', 1, 500), line('B', 2, 100)], 300],
  ])('%s becomes one line of exactly the amount', (_what, lines, amount) => {
    const [only, ...more] = orderLines(lines, amount);
    expect([only?.units, only?.unitPriceMinor, more]).toEqual([1, amount, []]);
    expect(only?.name).toMatch(/^Article A and others, \d pieces$/);
  });
});

describe('what counts as an order', () => {
  const value = { orderId: 16161616, shipmentId: 15151515, cancelled: false, awb: null };

  test('a new one', () => {
    expect(parse(200, created)).toEqual({ kind: 'done', value });
  });

  test('one that is cancelled, and one that ships', () => {
    expect(parse(200, { ...created, status: 'CANCELED', status_code: 5, awb_code: '' })).toEqual({
      kind: 'done',
      value: { ...value, cancelled: true },
    });
    expect(parse(200, { ...created, awb_code: '321055706540' })).toEqual({
      kind: 'done',
      value: { ...value, awb: '321055706540' },
    });
  });

  test('ids may be texts', () => {
    const texts = { ...created, order_id: '16161616', shipment_id: '15151515', status_code: '1' };
    expect(parse(200, texts)).toEqual({ kind: 'done', value });
  });
});

describe('what counts as a refusal', () => {
  const invalid = (errors: object) => ({
    message: 'Oops! Invalid Data.',
    errors,
    status_code: 422,
  });
  test.each<[string, number, unknown, object]>([
    [
      'an id that is taken',
      422,
      invalid({ order_id: ['The order id has already been taken.'] }),
      { kind: 'exists', code: 'order-id-taken' },
    ],
    [
      'a field',
      422,
      invalid({ billing_pincode: ['The billing pincode must be 6 digits.'] }),
      { kind: 'refused', code: 'order-refused', field: 'consignee.pincode' },
    ],
    [
      'a field in the message',
      422,
      { message: { 'order_items.0.hsn': ['HSN should be numeric'] } },
      { kind: 'refused', code: 'hsn-refused', field: 'lines' },
    ],
    [
      'a JSON text in the message',
      422,
      { message: '{"order_items":["SKU cannot be repeated"]}' },
      { kind: 'refused', code: 'sku-repeated', field: 'lines' },
    ],
    [
      'a bare text',
      400,
      '"Given channel id does not exist"',
      { kind: 'refused', code: 'channel-unknown' },
    ],
    [
      'a pickup location',
      422,
      { message: 'Wrong Pickup location entered.', status_code: 422 },
      { kind: 'refused', code: 'pickup-location-unknown', field: 'pickupLocation' },
    ],
    ['a reason that is new', 400, { message: 'Nope' }, { kind: 'refused', message: 'Nope' }],
    ['the same under HTTP 200', 200, { message: 'Nope' }, { kind: 'unknown' }],
    ['a known one under HTTP 200', 200, { message: 'Wrong Pickup location' }, { kind: 'refused' }],
  ])('%s', (_what, status, body, outcome) => {
    expect(parse(status, body)).toMatchObject(outcome);
  });

  test('is told without the customer', () => {
    const said = 'Asha R, 12/4 Beach Rd, 9847012345, a@x.in: no';
    expect(JSON.stringify(parse(400, { message: said }))).not.toMatch(/Asha|Beach|98470|a@x/);
  });
});
