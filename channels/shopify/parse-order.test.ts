import { describe, expect, test } from '@jest/globals';
import type { PlaceOrder } from '../../intake/place-order.ts';
import { parseOrder } from './parse-order.ts';
import { codOrder } from './samples.ts';

const [line] = codOrder.line_items;

function placed(change: object): PlaceOrder {
  const parsed = parseOrder({ ...codOrder, ...change });
  expect(parsed).toMatchObject({ ok: true });
  if (!parsed.ok) throw new Error('not placed');
  return parsed.order;
}

function problemsOf(payload: unknown): string[] {
  const parsed = parseOrder(payload);
  if (parsed.ok) return [];
  return parsed.problems.map(({ field, reason }) => `${field} ${reason}`);
}

const withLine = (change: object) => ({ line_items: [{ ...line, ...change }] });
const withAddress = (change: object) => ({
  shipping_address: { ...codOrder.shipping_address, ...change },
});

test('an order comes out as place_order wants it', () => {
  expect(parseOrder(codOrder)).toEqual({
    ok: true,
    externalId: '450789469001',
    updatedAt: '2026-01-06T11:00:05+05:30',
    cancelledAt: null,
    cancelReason: null,
    order: {
      external_id: '450789469001',
      external_number: '#1001',
      placed_at: '2026-01-06T11:00:00+05:30',
      currency: 'INR',
      payment_mode: 'cod',
      cod_amount_minor: 79900,
      items: [
        {
          external_id: '466157049',
          sku: 'KUR-M',
          title: 'Cotton kurta',
          variant_title: 'M',
          quantity: 1,
          unit_price_minor: 74900,
          discount_minor: 0,
          weight_grams: 450,
          hsn_code: null,
          requires_shipping: true,
        },
      ],
      subtotal_minor: 74900,
      shipping_minor: 5000,
      discount_minor: 0,
      tax_minor: 0,
      total_minor: 79900,
      shipping_method: 'Standard',
      note: 'call before',
      customer: { name: 'Asha R', phone: '+919847000000', email: 'a@x.in' },
      ship_to: {
        name: 'Asha R',
        phone: '098470 00000',
        address1: '12/4 Beach Rd',
        address2: 'near temple',
        city: 'Kochi',
        state: 'Kerala',
        pincode: '682001',
        country: 'India',
      },
    },
  });
});

describe('payment', () => {
  const razorpay = ['Razorpay'];
  test.each<[string, object, string, number]>([
    ['paid', { financial_status: 'paid', total_outstanding: '0.00' }, 'prepaid', 0],
    ['paid by COD app', { financial_status: 'paid' }, 'prepaid', 0],
    [
      'authorised',
      { financial_status: 'authorized', payment_gateway_names: razorpay },
      'prepaid',
      0,
    ],
    ['partly refunded', { financial_status: 'partially_refunded' }, 'prepaid', 0],
    ['free', { total_price: '0.00', financial_status: null }, 'prepaid', 0],
    [
      'part paid, rest at the door',
      {
        financial_status: 'partially_paid',
        total_outstanding: '700.01',
        payment_gateway_names: ['Razorpay', 'cash_on_delivery'],
      },
      'cod',
      70001,
    ],
    ['no outstanding told', { total_outstanding: null }, 'cod', 79900],
    ['COD', { payment_gateway_names: ['COD'] }, 'cod', 79900],
    ['in the old field', { payment_gateway_names: [], gateway: 'Pay on Delivery' }, 'cod', 79900],
    ['an app', { payment_gateway_names: ['Releasit-COD_Form'] }, 'cod', 79900],
    ['capitals', { financial_status: 'PENDING' }, 'cod', 79900],
  ])('%s', (_what, change, payment_mode, cod_amount_minor) => {
    expect(placed(change)).toMatchObject({ payment_mode, cod_amount_minor });
  });

  test.each<[string, object, string]>([
    ['open and no COD', { payment_gateway_names: ['Bank Deposit'] }, 'financial_status'],
    ['a word inside a word', { payment_gateway_names: ['Barcode Pay'] }, 'financial_status'],
    ['refunded', { financial_status: 'refunded', total_outstanding: '0.00' }, 'financial_status'],
    ['voided', { financial_status: 'voided' }, 'financial_status'],
    ['no status', { financial_status: null }, 'financial_status'],
    ['more than the total', { total_outstanding: '799.01' }, 'total_outstanding'],
    ['open, but nothing', { total_outstanding: '0.00' }, 'total_outstanding'],
    [
      'part paid, and nobody says how much',
      { financial_status: 'partially_paid', total_outstanding: null },
      'total_outstanding',
    ],
  ])('%s is a problem', (_what, change, field) => {
    expect(problemsOf({ ...codOrder, ...change })).toEqual([expect.stringMatching(`^${field} `)]);
  });

  test('a shop can have its own words', () => {
    const payload = { ...codOrder, payment_gateway_names: ['Nachnahme'] };
    expect(parseOrder(payload, { codWords: ['nachnahme'] })).toMatchObject({
      ok: true,
      order: { payment_mode: 'cod' },
    });
  });
});

describe('items', () => {
  test('what needs no box stays out', () => {
    const line_items = [
      { ...line, gift_card: true, price: '-5' },
      { ...line, requires_shipping: false },
      { ...line, fulfillable_quantity: 0 },
      line,
    ];
    expect(placed({ line_items }).items).toHaveLength(1);
  });

  test.each<[object, number]>([
    [{ quantity: 5, current_quantity: 3, fulfillable_quantity: 2 }, 2],
    [{ quantity: 5, current_quantity: 1, fulfillable_quantity: 2 }, 1],
    [{ quantity: 5, current_quantity: 3, fulfillable_quantity: null }, 3],
    [{ quantity: 5, current_quantity: undefined, fulfillable_quantity: undefined }, 5],
    [{ quantity: '5', current_quantity: '4', fulfillable_quantity: '4' }, 4],
    [{ quantity: null, current_quantity: null, fulfillable_quantity: 2 }, 2],
  ])('%j ships %i', (change, quantity) => {
    expect(placed(withLine(change)).items).toMatchObject([{ quantity }]);
  });

  test('pieces that are not shipped take their discount with them', () => {
    const change = { quantity: 3, current_quantity: 2, fulfillable_quantity: 2 };
    const { items } = placed(withLine({ ...change, total_discount: '100.00' }));
    expect(items).toMatchObject([{ quantity: 2, discount_minor: 6666 }]);
  });

  test.each<[object, object]>([
    [{ sku: '' }, { sku: null }],
    [{ sku: null }, { sku: null }],
    [{ sku: ' KUR-M  ' }, { sku: 'KUR-M' }],
    [{ sku: 123 }, { sku: '123' }],
    [{ title: '', name: 'Cotton kurta - M' }, { title: 'Cotton kurta - M' }],
    [{ title: 'Saree &amp;amp;\n blouse\u200b' }, { title: 'Saree & blouse' }],
    [{ title: '\u200b', name: 'Cotton kurta' }, { title: 'Cotton kurta' }],
    [{ variant_title: 'M &amp; L' }, { variant_title: 'M & L' }],
    [{ variant_title: 'Default Title' }, { variant_title: null }],
    [{ grams: 0 }, { weight_grams: null }],
    [{ grams: '450' }, { weight_grams: 450 }],
    [{ grams: undefined }, { weight_grams: null }],
    [{ price: '0.07' }, { unit_price_minor: 7 }],
    [{ price: 749.35 }, { unit_price_minor: 74935 }],
    [{ price: '1999999.99' }, { unit_price_minor: 199999999 }],
    [{ requires_shipping: null }, { requires_shipping: true }],
    [{ admin_graphql_api_id: null, id: '466157049' }, { external_id: '466157049' }],
    [{ admin_graphql_api_id: null, id: null }, { external_id: null }],
  ])('%j becomes %j', (change, item) => {
    expect(placed(withLine(change)).items).toMatchObject([item]);
  });

  test.each<[string, object, string]>([
    ['no items', { line_items: [] }, 'line_items is empty'],
    ['items of another shape', { line_items: 'x' }, 'line_items is empty'],
    [
      'only gift cards',
      withLine({ gift_card: true }),
      'line_items holds nothing that is left to ship',
    ],
    [
      'all sent',
      withLine({ fulfillable_quantity: 0 }),
      'line_items holds nothing that is left to ship',
    ],
    ['negative price', withLine({ price: '-749.00' }), 'line_items[0].price is negative'],
    ['no price', withLine({ price: null }), 'line_items[0].price is missing'],
    ['a price in words', withLine({ price: 'free' }), 'line_items[0].price is no amount'],
    ['a price with a comma', withLine({ price: '1,749.00' }), 'line_items[0].price is no amount'],
    ['half a paisa', withLine({ price: '749.005' }), 'line_items[0].price has parts of a paisa'],
    ['an object as price', withLine({ price: {} }), 'line_items[0].price is no amount'],
    [
      'negative discount',
      withLine({ total_discount: '-1' }),
      'line_items[0].total_discount is negative',
    ],
    [
      'half a piece',
      withLine({ fulfillable_quantity: 0.5 }),
      'line_items[0].fulfillable_quantity is no whole number from zero up',
    ],
    [
      'a negative weight',
      withLine({ grams: -1 }),
      'line_items[0].grams is no whole number from zero up',
    ],
    [
      'no quantity at all',
      withLine({ quantity: null, current_quantity: null, fulfillable_quantity: null }),
      'line_items[0].quantity is missing',
    ],
    [
      'no name at all',
      withLine({ title: '', name: null, sku: ' ' }),
      'line_items[0].title is missing',
    ],
  ])('%s', (_what, change, problem) => {
    expect(problemsOf({ ...codOrder, ...change })).toEqual([problem]);
  });

  test('the place of an item is told as it stands in the payload', () => {
    const line_items = [{ ...line, gift_card: true }, line, { ...line, price: '-1' }];
    expect(problemsOf({ ...codOrder, line_items })).toEqual(['line_items[2].price is negative']);
  });
});

describe('who and where', () => {
  test('without a shipping address the order is placed and a person will be asked', () => {
    for (const shipping_address of [null, undefined, 'x']) {
      const { ship_to, customer } = placed({ shipping_address });
      expect(new Set(Object.values(ship_to))).toEqual(new Set([null]));
      expect(customer.phone).toBe('+919847000000');
    }
  });

  test.each<[string, object, string | null, string | null]>([
    ['each their own', {}, '098470 00000', '+919847000000'],
    ['only the order', withAddress({ phone: '' }), '+919847000000', '+919847000000'],
    ['only the address', { phone: null }, '098470 00000', '098470 00000'],
    [
      'only the customer',
      { ...withAddress({ phone: null }), phone: ' ', customer: { phone: 9847000009 } },
      '9847000009',
      '9847000009',
    ],
    ['nobody', { ...withAddress({ phone: null }), phone: null, customer: null }, null, null],
  ])('phone of %s', (_what, change, address, customer) => {
    const order = placed(change);
    expect([order.ship_to.phone, order.customer.phone]).toEqual([address, customer]);
  });

  test('emoji, Malayalam, spaces and joiners stay exactly as they came', () => {
    const address1 = ' 🏠 അവന്‍ ഹൗസ്,\n👨‍👩‍👧  തൃശ്ശൂർ ';
    expect(placed(withAddress({ address1 })).ship_to.address1).toBe(address1);
  });

  test('what jsonb refuses is taken out', () => {
    const order = placed({ ...withAddress({ address1: '12\0/4 \ud83c' }), note: '\0' });
    expect(order.ship_to.address1).toBe('12/4 \ufffd');
    expect(order.note).toBeNull();
  });

  test('a nameless address takes its parts, codes stand in for names, numbers become text', () => {
    const change = { name: null, province: null, country: '', zip: 682001 };
    expect(placed(withAddress(change)).ship_to).toMatchObject({
      name: 'Asha R',
      state: 'KL',
      country: 'IN',
      pincode: '682001',
    });
  });

  test('a name is read as its owner wrote it', () => {
    const customer = { first_name: 'Pat', last_name: 'O&#39;Brien &amp; Sons' };
    expect(placed({ customer }).customer.name).toBe("Pat O'Brien & Sons");
  });

  test('a guest has no customer', () => {
    expect(placed({ customer: null }).customer).toMatchObject({ name: 'Asha R', email: 'a@x.in' });
  });
});

describe('the order itself', () => {
  test.each<[string, object, string]>([
    ['a broken time', { created_at: 'yesterday' }, 'created_at is no usable date (unrecognised)'],
    [
      'a day that is not',
      { created_at: '2026-02-30T11:00:00Z' },
      'created_at is no usable date (impossible)',
    ],
    ['no time', { created_at: null }, 'created_at is no usable date (null_date)'],
    [
      'a time to come',
      { created_at: '2098-01-06T11:00:00Z' },
      'created_at is no usable date (future)',
    ],
    ['dollars', { currency: 'USD' }, 'currency is not INR'],
    ['no total', { total_price: null }, 'total_price is missing'],
    ['a negative total', { total_price: '-1.00' }, 'total_price is negative'],
    ['no subtotal', { subtotal_price: '' }, 'subtotal_price is missing'],
    [
      'negative shipping',
      { shipping_lines: [{ title: 'x', price: '-1' }] },
      'shipping_lines[0].price is negative',
    ],
    ['no id', { id: null, admin_graphql_api_id: null }, 'id is missing, or was rounded on the way'],
    [
      'a rounded id',
      { id: 2 ** 53 + 2, admin_graphql_api_id: null },
      'id is missing, or was rounded on the way',
    ],
  ])('%s', (_what, change, problem) => {
    expect(problemsOf({ ...codOrder, ...change })).toEqual([problem]);
  });

  test.each([
    '2026-01-06T11:00:00',
    '06/01/2026 11:00',
    '06-Jan-26 11:00',
    '6th Jan 2026 11:00',
    '06.01.2026 11:00',
    'Tue, 06 Jan 2026 11:00:00 +0530',
    '1767677400',
    '/Date(1767677400000+0530)/',
  ])('a time written by an importing app is read: %s', (created_at) => {
    const parsed = parseOrder({ ...codOrder, created_at });
    expect(parsed.ok && new Date(parsed.order.placed_at).toISOString()).toBe(
      '2026-01-06T05:30:00.000Z',
    );
  });

  test.each([null, undefined, 'x', 42, []])('%p is no order', (payload) => {
    expect(problemsOf(payload)).toEqual([' is no order']);
  });

  test('an empty object has every problem at once', () => {
    expect(problemsOf({}).map((problem) => problem.split(' ')[0])).toEqual([
      'id',
      'created_at',
      'total_price',
      'line_items',
      'subtotal_price',
    ]);
  });

  test('an id that is longer than a double is read from the text', () => {
    const change = {
      id: Number('9007199254740993123'),
      admin_graphql_api_id: 'gid://shopify/Order/9007199254740993123',
    };
    expect(placed(change).external_id).toBe('9007199254740993123');
  });

  test('another zone is the same instant in Indian time', () => {
    const { placed_at } = placed({ created_at: '2026-01-06T00:30:00-05:00' });
    expect(placed_at).toBe('2026-01-06T11:00:00+05:30');
  });

  test('several shipping lines add up, none is free', () => {
    const shipping_lines = [{ title: 'A', price: '0.10' }, { price: '0.20' }];
    expect(placed({ shipping_lines })).toMatchObject({ shipping_minor: 30, shipping_method: 'A' });
    const none = placed({ shipping_lines: null });
    expect(none).toMatchObject({ shipping_minor: 0, shipping_method: null });
  });

  test('a cancellation gets through even when nothing is left to ship', () => {
    const payload = {
      ...codOrder,
      ...withLine({ current_quantity: 0, fulfillable_quantity: 0 }),
      financial_status: 'voided',
      cancelled_at: '2026-01-06T12:00:00+05:30',
      cancel_reason: 'customer',
    };
    expect(parseOrder(payload)).toMatchObject({
      ok: false,
      externalId: '450789469001',
      cancelledAt: '2026-01-06T12:00:00+05:30',
      cancelReason: 'customer',
    });
  });
});
