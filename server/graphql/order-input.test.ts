import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { placeOrder as placeInSql } from '../../sql-tests/support/orders.ts';
import { codeOf, startTestApi, type TestApi } from '../testing/test-api.ts';
import { fieldPath, orderRow } from './order-input.ts';

let api: TestApi;
let owner: string;

beforeAll(async () => {
  api = await startTestApi();
  owner = await api.tokenOf(api.ours);
});
afterAll(() => api.close());

const place = `mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { order {
  id status channel number externalNumber paymentMode placedAt shippingMethod
  subtotal { amount } shipping { amount } tax { amount } discount { amount } total { amount currency }
  codAmount { amount }
  shipTo { name phone address1 city pincode customerName customerPhone customerEmail note version }
  items { nodes { line title variantTitle sku externalId quantity unitPrice { amount } discount { amount }
    weightGrams hsnCode requiresShipping } }
} } }`;

function input(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    storeId: api.ours.shipping,
    externalNumber: '#77',
    paymentMode: 'PREPAID',
    items: [
      {
        title: 'Saree 🧵',
        variantTitle: 'Red',
        sku: 'S-1',
        externalId: 'line-1',
        quantity: 2,
        unitPrice: 9_000_000_000,
        discount: 500,
        weightGrams: 400,
        hsnCode: '5208',
        requiresShipping: true,
      },
    ],
    customer: { name: 'Asha', phone: '98470 12345', email: 'asha@example.in' },
    shipTo: {
      name: 'Asha Menon 🌸',
      phone: '0484 1',
      address1: '12 Palm Grove',
      pincode: '682001',
    },
    subtotal: 18_000_000_000,
    shipping: 100,
    tax: 3,
    discount: 500,
    total: 17_999_999_603,
    shippingMethod: 'Standard',
    note: 'ring twice',
    placedAt: '2026-11-20T10:00:00+05:30',
    ...changes,
  };
}

describe('placeOrder', () => {
  test('takes every field to the order it makes', async () => {
    const { data, errors } = await api.graphql(owner, place, { input: input() });
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({
      placeOrder: {
        order: {
          status: 'PENDING',
          channel: 'WEB',
          externalNumber: '#77',
          paymentMode: 'PREPAID',
          shippingMethod: 'Standard',
          subtotal: { amount: 18_000_000_000 },
          shipping: { amount: 100 },
          tax: { amount: 3 },
          discount: { amount: 500 },
          total: { amount: 17_999_999_603, currency: 'INR' },
          codAmount: { amount: 0 },
          shipTo: {
            name: 'Asha Menon 🌸',
            phone: '0484 1',
            address1: '12 Palm Grove',
            city: null,
            pincode: '682001',
            customerName: 'Asha',
            customerPhone: '98470 12345',
            customerEmail: 'asha@example.in',
            note: 'ring twice',
            version: 1,
          },
          items: {
            nodes: [
              {
                line: 1,
                title: 'Saree 🧵',
                variantTitle: 'Red',
                sku: 'S-1',
                externalId: 'line-1',
                quantity: 2,
                unitPrice: { amount: 9_000_000_000 },
                discount: { amount: 500 },
                weightGrams: 400,
                hsnCode: '5208',
                requiresShipping: true,
              },
            ],
          },
        },
      },
    });
    const placedAt = (data as { placeOrder: { order: { placedAt: string } } }).placeOrder.order;
    expect(new Date(placedAt.placedAt).toISOString()).toBe('2026-11-20T04:30:00.000Z');
  });

  test('does once what has one key, and refuses another request under it', async () => {
    const same = input({ idempotencyKey: 'web-1' });
    const first = await api.graphql(owner, place, { input: same });
    expect(first.errors).toBeUndefined();
    expect(await api.graphql(owner, place, { input: same })).toEqual(first);
    const other = await api.graphql(owner, place, { input: { ...same, note: 'other' } });
    expect(codeOf(other)).toBe('IDEMPOTENCY_MISMATCH');
  });

  const item = { title: 'a', quantity: 1, unitPrice: 1 };
  test.each<[string, string, Record<string, unknown>]>([
    ['items', 'no item', { items: [] }],
    ['items[1].quantity', 'no piece', { items: [item, { ...item, quantity: 0 }] }],
    ['items[0].unitPrice', 'a negative price', { items: [{ ...item, unitPrice: -1 }] }],
    ['items[0].title', 'a blank title', { items: [{ ...item, title: ' ' }] }],
    ['codAmount', 'nothing to collect for COD', { paymentMode: 'COD' }],
    ['shipping', 'negative shipping', { shipping: -1 }],
    ['currency', 'a currency that is not the merchant’s', { currency: 'USD' }],
    ['storeId', 'no such store', { storeId: 999_999 }],
  ])('names %s when there is %s', async (field, _what, changes) => {
    const answer = await api.graphql(owner, place, { input: input(changes) });
    expect(answer.errors?.[0]?.extensions.field).toBe(field);
  });

  test.each<[string, Record<string, unknown>]>([
    ['total', { total: 0.5 }],
    ['total', { total: '1e3' }],
    ['total', { total: 2 ** 53 }],
    ['paymentMode', { paymentMode: 'cod' }],
    ['surprise', { surprise: 1 }],
  ])('takes no %s as in %p', async (name, changes) => {
    const answer = await api.graphql(owner, place, { input: input(changes) });
    expect(codeOf(answer)).toBe('INVALID_INPUT');
    expect(answer.errors?.[0]?.message).toContain(name);
  });
});

describe('correctShipTo', () => {
  const correct = `mutation ($input: CorrectShipToInput!) { correctShipTo(input: $input) { order {
    shipTo { name city phone version } contacts { totalCount }
    events(orderBy: LAST_TO_FIRST, first: 1) { nodes { type contactVersion reason } } } } }`;

  test('changes what is given and leaves the rest', async () => {
    const orderId = await placeInSql(api.database.pool, api.ours, 'shipping');
    const request = { orderId, address: { city: 'Thrissur' }, reason: 'moved' };
    const { data, errors } = await api.graphql(owner, correct, { input: request });
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      correctShipTo: {
        order: {
          shipTo: { name: 'Asha Menon 🌸', city: 'Thrissur', phone: '98470 12345', version: 2 },
          contacts: { totalCount: 2 },
          events: { nodes: [{ type: 'SHIP_TO_CORRECTED', contactVersion: 2, reason: 'moved' }] },
        },
      },
    });
  });

  test('names the field that it refuses', async () => {
    const orderId = await placeInSql(api.database.pool, api.ours, 'shipping');
    for (const [field, address] of [
      ['address', {}],
      ['address.city', { city: 'x'.repeat(501) }],
    ] as const) {
      const answer = await api.graphql(owner, correct, {
        input: { orderId, address, reason: 'moved' },
      });
      expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT', field });
    }
  });
});

test('names are turned both ways', () => {
  expect(orderRow({ storeId: 1, codAmount: 2, items: [{ unitPrice: 3, hsnCode: 'x' }] })).toEqual({
    store_id: 1,
    cod_amount_minor: 2,
    items: [{ unit_price_minor: 3, hsn_code: 'x' }],
    customer: null,
    ship_to: null,
  });
  expect(fieldPath('items[0].unit_price_minor')).toBe('items[0].unitPrice');
  expect(fieldPath('cod_amount_minor')).toBe('codAmount');
  expect(fieldPath('expectedStatus')).toBe('expectedStatus');
});
