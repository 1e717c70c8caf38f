import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Sandbox } from '../sandbox.ts';
import { call, startCalmSandbox } from '../test-client.ts';
import { demoShiprocketAccounts } from './accounts.ts';
import { goodOrder, signIn } from './test-client.ts';
import type { Client } from './test-client.ts';

let sandbox: Sandbox;
let client: Client;
beforeEach(async () => {
  sandbox = await startCalmSandbox({ parcelStepMs: 60_000 });
  client = await signIn(sandbox);
});
afterEach(() => sandbox.close());

const assign = (shipment_id: unknown, more: object = {}) =>
  client.post('/courier/assign/awb', { shipment_id, ...more });

describe('serviceability', () => {
  const ask = (more: string) =>
    client.get(`/courier/serviceability/?pickup_postcode=682001&delivery_postcode=${more}`);

  test('names the couriers with their rates, a rate may be a text', async () => {
    const { at } = await ask('110001&weight=0.45&cod=0');
    const rates = at('data', 'available_courier_companies', '*', 'rate') as unknown[];
    expect(rates).toEqual([52.5, '61.75', 99]);
    expect(
      (await ask('110001&weight=1.2&cod=1')).at('data', 'available_courier_companies', 0),
    ).toEqual(
      expect.objectContaining({ rate: 134.5, cod_charges: 20, estimated_delivery_days: '4' }),
    );
  });

  test.each([
    '799999&weight=1&cod=0',
    '744999&weight=1&cod=0',
    '793999&weight=1&cod=1',
    '110001&weight=21&cod=0',
  ])('%s: no courier, at HTTP 200', async (more) => {
    const { status, at } = await ask(more);
    expect([status, at('status')]).toEqual([200, 404]);
  });

  test('what is missing is named, and an order brings its own facts', async () => {
    expect((await ask('110001')).at('errors')).toEqual({
      weight: ['The weight field is required.'],
      cod: ['The cod field is required.'],
    });
    const { order_id } = await client.create();
    const { at } = await ask(`682001&order_id=${order_id}`);
    expect(at('data', 'available_courier_companies', '*', 'cod_charges')).toEqual([20, 24.5]);
    expect((await ask('682001&order_id=7')).status).toBe(404);
  });
});

describe('assigning an AWB', () => {
  test('costs the rate, once', async () => {
    const { shipment_id } = await client.create();
    const balance = async () =>
      Number((await client.get('/account/details/wallet-balance')).at('data', 'balance_amount'));
    const before = await balance();
    const { at } = await assign(shipment_id, { courier_id: 51 });
    expect(at('response', 'data')).toMatchObject({
      courier_company_id: 51,
      shipment_id,
      freight_charges: 86.25,
      awb_code: expect.stringMatching(/^\d{12}$/),
    });
    expect(before - (await balance())).toBeCloseTo(86.25);
    expect((await assign(shipment_id)).textAt('message')).toMatch(/^AWB is already assigned/);
    expect(before - (await balance())).toBeCloseTo(86.25);
  });

  test('«it has one» comes with three statuses, with and without the number', async () => {
    const said = new Set<string>();
    for (let at = 0; at < 40; at += 1) {
      const { shipment_id, awb } = await client.book({ order_id: `A-${at}` });
      const { status, textAt } = await assign([shipment_id]);
      said.add(`${status} ${textAt('message').includes(awb)}`);
    }
    expect([...said].toSorted()).toEqual([
      '400 false',
      '400 true',
      '422 false',
      '422 true',
      '500 false',
      '500 true',
    ]);
  });

  test('failures of the booking come at HTTP 200', async () => {
    const { shipment_id } = await client.create();
    sandbox.faults.add({ operation: 'shiprocket.assign', kind: 'low_balance', count: 1 });
    const short = await assign(shipment_id);
    expect([short.status, short.json]).toEqual([
      200,
      {
        awb_assign_status: 0,
        response: {
          data: { awb_assign_error: 'Insufficient amount to label this shipment' },
        },
      },
    ]);
    expect((await assign(shipment_id, { courier_id: 142 })).at('awb_assign_status')).toBe(0);
    expect((await assign(shipment_id)).at('awb_assign_status')).toBe(1);
  });

  test('an empty wallet does the same without being asked', async () => {
    const [demo] = demoShiprocketAccounts;
    if (demo === undefined) throw new Error('There is no demo account');
    const poor = await startCalmSandbox({ shiprocketAccounts: [{ ...demo, walletRupees: 100 }] });
    const theirs = await signIn(poor);
    expect((await theirs.book({ order_id: 'A' })).awb).toMatch(/^\d{12}$/);
    expect((await theirs.book({ order_id: 'B' })).awb).toBe('undefined');
    await poor.close();
  });

  test('a courier may refuse in words about another field; the next one takes it', async () => {
    const { shipment_id } = await client.create({ billing_pincode: 781999 });
    expect((await assign(shipment_id, { courier_id: 24 })).json).toEqual({
      message: 'Delivery pincode is empty',
      status_code: 400,
    });
    expect((await assign(shipment_id, { courier_id: 51 })).at('awb_assign_status')).toBe(1);
  });

  test('a cancelled order, an unknown shipment and no shipment are refused', async () => {
    const { order_id, shipment_id } = await client.create();
    await client.post('/orders/cancel', { ids: [order_id] });
    expect((await assign(shipment_id)).textAt('message')).toMatch(/cancelled state/);
    expect((await assign(7)).status).toBe(400);
    expect((await assign(undefined)).at('errors', 'shipment_id')).toHaveLength(1);
  });
});

describe('looking up', () => {
  test('searching finds by the beginning, newest first, in pages', async () => {
    for (const order_id of ['S-1', 'S-10', 'S-2']) await client.create({ order_id });
    const { at } = await client.get('/orders?search=S-1&per_page=1');
    expect(at('data', '*', 'channel_order_id')).toEqual(['S-10']);
    expect(at('meta', 'pagination')).toMatchObject({ total: 2, total_pages: 2 });
    const next = await client.get('/orders?search=S-1&per_page=1&page=2');
    expect(next.at('data', '*', 'channel_order_id')).toEqual(['S-1']);
  });

  test('an unknown filter is ignored, or holds, as the account has it', async () => {
    await client.create({ order_id: 'S-1' });
    await client.create({ order_id: 'S-2' });
    const ignored = await client.get('/orders?channel_order_id=S-1');
    expect(ignored.at('data', '*', 'channel_order_id')).toEqual(['S-2', 'S-1']);
  });

  test('a list shows a list of shipments, one order an object', async () => {
    const { order_id, awb } = await client.book();
    const listed = await client.get(`/orders?search=${awb}`);
    expect(listed.at('data', 0, 'shipments', 0, 'awb')).toBe(awb);
    const one = await client.get(`/orders/show/${order_id}`);
    expect(one.at('data', 'shipments', 'awb')).toBe(awb);
    expect((await client.get('/orders/show/7')).json).toEqual({
      message: 'Order ID not found',
      status_code: 400,
    });
  });

  test('a new order may take a while to be listed', async () => {
    const slow = await startCalmSandbox({ indexDelayMs: 60_000 });
    const theirs = await signIn(slow);
    const { order_id } = await theirs.create();
    expect((await theirs.get('/orders?search=SHOP1-10021')).at('data')).toEqual([]);
    expect((await theirs.get(`/orders/show/${order_id}`)).status).toBe(200);
    await slow.close();
  });
});

describe('papers', () => {
  test('the label is a PDF behind a link that wants no token', async () => {
    const { shipment_id, awb } = await client.book();
    const { at, textAt } = await client.post('/courier/generate/label', {
      shipment_id: [shipment_id],
    });
    expect(at('label_created')).toBe(1);
    const file = await call(textAt('label_url'));
    expect([file.status, file.text.slice(0, 5)]).toEqual([200, '%PDF-']);
    expect(file.text).toContain(`(${awb}) Tj`);
    const headers = { authorization: `Bearer ${client.token}` };
    expect((await call(textAt('label_url'), { headers })).status).toBe(400);
    expect((await call(textAt('label_url').replace(/Expires=\d/, 'Expires=9'))).status).toBe(403);
  });

  test('no list of ids, and a shipment without an AWB, have none', async () => {
    const { shipment_id } = await client.create();
    expect((await client.post('/courier/generate/label', { shipment_id })).at('errors')).toEqual({
      shipment_id: ['The shipment id must be an array.'],
    });
    const none = await client.post('/courier/generate/label', { shipment_id: [shipment_id] });
    expect([none.status, none.at('label_created')]).toEqual([200, 0]);
  });

  test('a manifest needs the pickup, comes once, and can be printed again', async () => {
    const { order_id, shipment_id } = await client.book();
    const generate = () => client.post('/manifests/generate', { shipment_id: [shipment_id] });
    expect((await generate()).json).toEqual({ status: 1, manifest_url: '' });
    await client.post('/courier/generate/pickup', { shipment_id: [shipment_id] });
    expect((await call((await generate()).textAt('manifest_url'))).text).toContain('MANIFEST-');
    const again = await generate();
    expect([again.status, again.at('already_manifested_shipment_ids')]).toEqual([
      400,
      [shipment_id],
    ]);
    const printed = await client.post('/manifests/print', { order_ids: [order_id] });
    expect((await call(printed.textAt('manifest_url'))).status).toBe(200);
    expect((await client.post('/manifests/print', { order_ids: order_id })).status).toBe(500);
  });
});

describe('the first try at a label', () => {
  test('fails once for its share of orders, in three ways, then goes through', async () => {
    const unlucky = await startCalmSandbox({ labelFailureRate: 0.3, parcelStepMs: 60_000 });
    const theirs = await signIn(unlucky);
    let failures = 0;
    for (let at = 0; at < 60; at += 1) {
      const order = { ...goodOrder, order_id: `L-${at}` };
      let made = await theirs.post('/orders/create/adhoc', order);
      if (made.status === 500) {
        failures += 1;
        made = await theirs.post('/orders/create/adhoc', order);
      }
      const shipment_id = made.at('shipment_id');
      const first = await theirs.post('/courier/assign/awb', { shipment_id });
      if (first.at('awb_assign_status') === 0) {
        failures += 1;
        await theirs.post('/courier/assign/awb', { shipment_id });
      }
      const label = () => theirs.post('/courier/generate/label', { shipment_id: [shipment_id] });
      if ((await label()).at('label_created') === 0) {
        failures += 1;
        expect((await label()).at('label_created')).toBe(1);
      }
    }
    expect(failures).toBe(unlucky.books.labelFailures.size);
    expect(failures).toBeGreaterThan(8);
    expect(unlucky.books.shiprocket.summary()).toMatchObject({ orders: 60, parcels: 60 });
    await unlucky.close();
  });
});
