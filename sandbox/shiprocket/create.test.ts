import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Sandbox } from '../sandbox.ts';
import { startCalmSandbox } from '../test-client.ts';
import { demoShiprocketAccounts } from './accounts.ts';
import { apiUser, clientWith, goodOrder, login, signIn } from './test-client.ts';
import type { Client } from './test-client.ts';

let sandbox: Sandbox;
let client: Client;
beforeEach(async () => {
  sandbox = await startCalmSandbox();
  client = await signIn(sandbox);
});
afterEach(() => sandbox.close());

const create = (change: object = {}) =>
  client.post('/orders/create/adhoc', { ...goodOrder, ...change });
const [demo] = demoShiprocketAccounts;

describe('signing in', () => {
  test('the token is a JWT that lasts ten days', async () => {
    const { status, textAt } = await login(sandbox);
    const payload = Buffer.from(textAt('token').split('.')[1] ?? '', 'base64url').toString();
    const { iat, exp } = JSON.parse(payload) as { iat: number; exp: number };
    expect([status, exp - iat]).toEqual([200, 240 * 3600]);
  });

  test('a wrong password and a wrong user are refused in two shapes, at 400', async () => {
    const text = 'Invalid email and password combination';
    const password = await login(sandbox, { ...apiUser, password: 'x' });
    expect([password.status, password.json]).toEqual([400, text]);
    const user = await login(sandbox, { email: 'nobody@x.in', password: 'x' });
    expect([user.status, user.json]).toEqual([400, { message: text, status_code: 400 }]);
    expect((await login(sandbox, { email: 'nobody@x.in' })).at('errors', 'password')).toHaveLength(
      1,
    );
  });

  test('who tries too often meets a firewall that says nothing', async () => {
    for (let at = 0; at < 10; at += 1) await login(sandbox, { ...apiUser, password: 'x' });
    expect((await login(sandbox, { ...apiUser, password: 'x' })).status).toBe(403);
  });

  test('a token ends: with its time, when it is revoked, and on request', async () => {
    let now = Date.now();
    const hasty = await startCalmSandbox({ now: () => now });
    const one = await signIn(hasty);
    expect((await one.get('/orders')).status).toBe(200);
    hasty.faults.add({ operation: 'shiprocket.orders', kind: 'expired_token', count: 1 });
    expect((await one.get('/orders')).status).toBe(401);
    expect((await one.get('/orders')).status).toBe(401);
    const two = await signIn(hasty);
    expect((await two.post('/auth/logout', {})).status).toBe(200);
    expect((await two.get('/orders')).json).toEqual({
      message: 'Unauthenticated.',
      status_code: 401,
    });
    const three = await signIn(hasty);
    now += 241 * 3_600_000;
    expect((await three.get('/orders')).json).toEqual({
      message: 'Token has expired',
      status_code: 401,
    });
    await hasty.close();
  });

  test.each(['', 'x', 'a.b.c'])('the token %p opens nothing', async (token) => {
    expect((await clientWith(sandbox, token).get('/orders')).status).toBe(401);
  });
});

describe('creating an order', () => {
  test('a good one is NEW and has no AWB', async () => {
    const { status, json } = await create();
    expect(status).toBe(200);
    expect(json).toMatchObject({ status: 'NEW', status_code: 1, awb_code: null });
    const [order] = sandbox.books.shiprocket.orders.values();
    expect(order).toMatchObject({ reference: 'SHOP1-10021', payment: 'cod', codAmount: 799 });
  });

  test('a prepaid one collects nothing, and charges and discounts count', async () => {
    await create({ payment_method: 'Prepaid' });
    await create({ order_id: 'B', shipping_charges: 50, total_discount: 100 });
    const amounts = [...sandbox.books.shiprocket.orders.values()].map((one) => one.codAmount);
    expect(amounts).toEqual([0, 749]);
  });

  test.each([
    ['order_id', 'x'.repeat(51)],
    ['billing_city', 'x'.repeat(31)],
    ['billing_pincode', '68200'],
    ['billing_state', ''],
    ['billing_phone', '+919847012345'],
    ['billing_phone', '919847012345'],
    ['billing_email', ''],
    ['order_date', '06.01.2026'],
    ['payment_method', 'Cheque'],
    ['height', 0.5],
    ['weight', 0],
    ['order_items', []],
  ])('%s %p is refused by its name', async (field, value) => {
    const { status, at } = await create({ [field]: value });
    expect([status, at('message')]).toEqual([422, 'Oops! Invalid Data.']);
    expect(Object.keys(at('errors') as object)).toEqual([field]);
    expect(sandbox.books.shiprocket.orders.size).toBe(0);
  });

  test('errors come in further shapes', async () => {
    expect((await create({ channel_id: 7 })).json).toEqual({
      message: 'Given channel id does not exist',
      status_code: 400,
    });
    expect((await create({ pickup_location: 'Kochi-1' })).textAt('message')).toMatch(
      /^Wrong Pickup location entered/,
    );
    const [item] = goodOrder.order_items;
    const twice = await create({ order_items: [item, item] });
    expect(JSON.parse(twice.textAt('message'))).toEqual({
      order_items: ['SKU cannot be repeated'],
    });
    const hsn = await create({ order_items: [{ ...item, hsn: '62A' }] });
    expect(hsn.at('message', 'order_items.0.hsn', 0)).toBe('HSN should be numeric');
  });

  test('another address of delivery needs all its fields', async () => {
    const { at } = await create({ shipping_is_billing: false });
    expect(Object.keys(at('errors') as object)).toContain('shipping_address');
  });

  test('a form instead of JSON has no fields at all', async () => {
    const headers = {
      authorization: `Bearer ${client.token}`,
      'content-type': 'application/x-www-form-urlencoded',
    };
    expect((await client.post('/orders/create/adhoc', goodOrder, { headers })).status).toBe(422);
  });

  test('GET where POST belongs is 405, an unknown path 404', async () => {
    expect((await client.get('/orders/create/adhoc')).status).toBe(405);
    expect((await client.get('/orders/nonsense')).json).toEqual({
      message: '404 Not Found',
      status_code: 404,
    });
  });
});

describe('an order id that comes again', () => {
  test('answers with the order that exists and changes nothing', async () => {
    const first = await create();
    const again = await create({ sub_total: 5, payment_method: 'Prepaid' });
    expect([again.status, again.json]).toEqual([200, first.json]);
    const orders = [...sandbox.books.shiprocket.orders.values()];
    expect(orders.map((one) => one.codAmount)).toEqual([799]);
  });

  test('a cancelled order keeps its id for ever', async () => {
    const { order_id } = await client.create();
    await client.post('/orders/cancel', { ids: [order_id] });
    const again = await create();
    expect(again.json).toMatchObject({
      order_id,
      status: 'CANCELED',
      status_code: 5,
      awb_code: '',
    });
  });

  test('an order that ships already comes with its AWB', async () => {
    const { awb } = await client.book();
    expect((await create()).at('awb_code')).toBe(awb);
  });

  test('of other accounts it is said to be taken', async () => {
    if (demo === undefined) throw new Error('There is no demo account');
    const strict = await startCalmSandbox({
      shiprocketAccounts: [{ ...demo, repeatedOrder: 'taken' }],
    });
    const theirs = await signIn(strict);
    await theirs.create();
    const again = await theirs.post('/orders/create/adhoc', goodOrder);
    expect([again.status, again.at('errors', 'order_id', 0)]).toEqual([
      422,
      'The order id has already been taken.',
    ]);
    await strict.close();
  });

  test('on request an order is cancelled before its answer comes', async () => {
    sandbox.faults.add({ operation: 'shiprocket.create', kind: 'cancelled_order', count: 1 });
    expect((await create()).at('status_code')).toBe(5);
    expect((await create({ order_id: 'SHOP1-10021-R2' })).at('status_code')).toBe(1);
  });
});
