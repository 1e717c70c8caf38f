import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Sandbox } from '../sandbox.ts';
import { call, dig, parsed, startCalmSandbox, startReceiver } from '../test-client.ts';
import type { Received, Receiver } from '../test-client.ts';
import { signIn } from './test-client.ts';
import type { Client } from './test-client.ts';

let receiver: Receiver;
let sandbox: Sandbox;
let client: Client;
beforeEach(async () => {
  receiver = await startReceiver();
  sandbox = await startCalmSandbox({ shiprocketWebhookUrl: receiver.url });
  client = await signIn(sandbox);
});
afterEach(async () => {
  await sandbox.close();
  await receiver.close();
});

const pushed = ({ body }: Received, ...path: (string | number)[]) => dig(parsed(body), ...path);
const ended = (id: number) => (received: readonly Received[]) =>
  received.some((one) => pushed(one, 'shipment_status_id') === id);

async function ship(change: object = {}) {
  const ids = await client.book(change);
  await client.post('/courier/generate/pickup', { shipment_id: [ids.shipment_id] });
  return ids;
}

describe('a parcel on its way', () => {
  test('nothing is known of it before its pickup', async () => {
    const { awb } = await client.book();
    const { status, at } = await client.get(`/courier/track/awb/${awb}`);
    expect([status, at('tracking_data', 'track_status')]).toEqual([200, 0]);
    expect(at('tracking_data', 'error')).toMatch(/no activities found/);
  });

  test('a pickup is asked for per shipment, and again is «already»', async () => {
    const { shipment_id } = await ship();
    const again = await client.post('/courier/generate/pickup', { shipment_id: [shipment_id] });
    expect([again.status, again.at('message')]).toEqual([400, 'Already in Pickup Queue.']);
    const other = await client.create({ order_id: 'B' });
    const none = await client.post('/courier/generate/pickup', {
      shipment_id: [other.shipment_id],
    });
    expect(none.at('message')).toBe('Invalid shipment id');
    const past = await client.post('/courier/generate/pickup', {
      shipment_id: [(await client.book({ order_id: 'C' })).shipment_id],
      pickup_date: ['2020-01-01'],
    });
    expect(past.status).toBe(422);
  });

  test('each step is pushed with the whole story, newest first, and no signature', async () => {
    const { awb, order_id } = await ship();
    await receiver.until(ended(7));
    const last = receiver.received.at(-1);
    expect(last?.headers['x-api-key']).toBe('sandbox-shiprocket-webhook-token');
    expect(last && pushed(last)).toMatchObject({
      awb,
      sr_order_id: order_id,
      order_id: 'SHOP1-10021_150876814',
      shipment_status_id: 7,
      etd: '0000-00-00 00:00:00',
    });
    expect(last && pushed(last, 'scans', '*', 'sr-status')).toEqual(['7', '17', '18', '42', 'NA']);
    expect(last && pushed(last, 'current_timestamp')).toMatch(/^\d\d \d\d \d{4} \d\d:\d\d:\d\d$/);
  });

  test('the two numbers of a status are of different enumerations', async () => {
    await ship();
    await receiver.until(ended(18));
    const inTransit = receiver.received.find((one) => pushed(one, 'shipment_status_id') === 18);
    expect(inTransit && pushed(inTransit, 'current_status_id')).toBe(20);
  });

  test('the poll of many tells the same, under each known number', async () => {
    const { awb } = await ship();
    await receiver.until(ended(7));
    const { at } = await client.post('/courier/track/awbs', { awbs: [awb, '999'] });
    expect(at(awb, 'tracking_data', 'shipment_status')).toBe(7);
    expect(at(awb, 'tracking_data', 'shipment_track', 0, 'current_status')).toBe('DELIVERED');
    expect(at('999')).toBeUndefined();
    expect((await client.post('/courier/track/awbs', { awbs: awb })).status).toBe(500);
    expect((await client.post('/courier/track/awbs', { awbs: ['999'] })).json).toEqual({});
  });

  test.each([
    ['9847770001', 7, 21],
    ['9847770002', 10, 9],
    ['9847770003', 12, 42],
  ])('the phone %s ends in %i', async (billing_phone, end, onTheWay) => {
    await ship({ billing_phone });
    await receiver.until(ended(end));
    expect(ended(onTheWay)(receiver.received)).toBe(true);
  });
});

describe('cancelling', () => {
  test('is promised at once and done later, and the freight comes back', async () => {
    const { awb, order_id } = await client.book();
    const cancelled = await client.post('/orders/cancel/shipment/awbs', { awbs: [awb] });
    expect(cancelled.textAt('message')).toMatch(/in progress/);
    const [order] = sandbox.books.shiprocket.orders.values();
    expect(order?.cancelledAt).toBeNull();
    await receiver.until(ended(8));
    expect(ended(16)(receiver.received)).toBe(true);
    expect((await client.get(`/orders/show/${order_id}`)).at('data', 'status_code')).toBe(5);
    const { at } = await client.get('/account/details/wallet-balance');
    expect(at('data', 'balance_amount')).toBe('10000000.00');
  });

  test('an order without an AWB is gone at once, twice is like once', async () => {
    const { order_id } = await client.create();
    const first = await client.post('/orders/cancel', { ids: [order_id] });
    expect([200, 204]).toContain(first.status);
    expect((await client.post('/orders/cancel', { ids: [order_id] })).status).toBe(first.status);
  });

  test('other ids are answered as the real service does', async () => {
    const { shipment_id } = await client.create();
    expect((await client.post('/orders/cancel', { ids: [7] })).json).toEqual({
      message: 'Trying to get property of non-object',
      status_code: 500,
    });
    expect((await client.post('/orders/cancel', { ids: [shipment_id] })).at('message')).toBe(
      'Order Id does not exist',
    );
    expect((await client.post('/orders/cancel', {})).status).toBe(422);
    expect((await client.post('/orders/cancel/shipment/awbs', { awbs: ['7'] })).status).toBe(400);
  });

  test('a parcel on its way turns back, a delivered one does not', async () => {
    const { order_id } = await ship();
    await receiver.until(ended(7));
    expect((await client.post('/orders/cancel', { ids: [order_id] })).status).toBe(400);
    const slow = await startCalmSandbox({ shiprocketWebhookUrl: receiver.url, parcelStepMs: 30 });
    client = await signIn(slow);
    receiver.received.length = 0;
    const other = await ship();
    await receiver.until(ended(42));
    await client.post('/orders/cancel', { ids: [other.order_id] });
    await receiver.until(ended(10));
    await slow.close();
  });
});

describe('failed attempts', () => {
  async function failedAttempt(): Promise<string> {
    const slow = await startCalmSandbox({ shiprocketWebhookUrl: receiver.url, parcelStepMs: 100 });
    await sandbox.close();
    sandbox = slow;
    client = await signIn(slow);
    const { awb } = await ship({ billing_phone: '9847770001' });
    await receiver.until(ended(21));
    return awb;
  }

  test('are listed while they are open, and a return turns the parcel', async () => {
    const awb = await failedAttempt();
    const { at } = await client.get('/ndr/all');
    expect(at('data', 0)).toMatchObject({
      awb_code: awb,
      attempts: 1,
      reason: 'Customer not available',
    });
    const acted = await client.post(`/ndr/${awb}/action`, { action: 'return', comments: 'no' });
    expect([acted.status, acted.json]).toEqual([202, { status: 'Data Updated Sucessfully' }]);
    await receiver.until(ended(10));
    expect((await client.get('/ndr/all')).at('data')).toEqual([]);
  });

  test('an action needs its name and a comment, and a parcel that waits', async () => {
    const awb = await failedAttempt();
    const act = (body: object, number = awb) => client.post(`/ndr/${number}/action`, body);
    expect((await act({})).at('errors')).toMatchObject({ action: {}, comments: {} });
    expect((await act({ action: 'shout', comments: 'x' })).status).toBe(422);
    expect((await act({ action: 're-attempt', comments: 'x' }, '7')).status).toBe(400);
    const done = await act({ action: 're-attempt', comments: 'x', phone: '9847099999' });
    expect(done.status).toBe(202);
    const [order] = sandbox.books.shiprocket.orders.values();
    expect(order?.ndr?.actions).toEqual([
      expect.objectContaining({ action: 're-attempt', phone: '9847099999' }),
    ]);
    await receiver.until(ended(7));
  });
});

describe('the books and the control pages', () => {
  test('a restart goes on where it stopped, and the token still holds', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sandbox-shiprocket-'));
    const booksFile = join(folder, 'books.json');
    const before = await startCalmSandbox({ booksFile, parcelStepMs: 60_000 });
    client = await signIn(before);
    const { awb } = await ship();
    await before.close();
    const after = await startCalmSandbox({ booksFile, shiprocketWebhookUrl: receiver.url });
    await receiver.until(ended(7));
    const path = `${after.url}/shiprocket/v1/external/courier/track/awb/${awb}`;
    const { at } = await call(path, { headers: { authorization: `Bearer ${client.token}` } });
    expect(at('tracking_data', 'shipment_status')).toBe(7);
    expect(after.books.shiprocket.summary()).toMatchObject({ orders: 1, parcels: 1 });
    await after.close();
    await rm(folder, { recursive: true });
  });

  test('the panel takes no address with its own name in it', async () => {
    const put = (shiprocket: string) =>
      call(`${sandbox.url}/_sandbox/webhooks`, {
        method: 'PUT',
        body: JSON.stringify({ shiprocket }),
      });
    expect((await put('https://x.in/webhooks/shiprocket')).status).toBe(400);
    expect((await put('https://x.in/sr/7')).status).toBe(400);
    expect((await put('https://x.in/webhooks/carrier/7')).at('shiprocket')).toBe(
      'https://x.in/webhooks/carrier/7',
    );
  });

  test('faults hit by API user, whatever the token, and speak Shiprocket', async () => {
    const { email } = { email: 'api@sandbox.example' };
    sandbox.faults.add(
      { operation: 'shiprocket.orders', kind: 'server_error', account: 'other', count: 1 },
      { operation: 'shiprocket.*', kind: 'too_many_requests', account: email, count: 1 },
      { operation: 'shiprocket.*', kind: 'server_error', account: email, count: 1, status: 502 },
    );
    const many = await client.get('/orders');
    expect([many.status, many.at('status_code'), many.headers.get('retry-after')]).toEqual([
      429,
      429,
      null,
    ]);
    expect((await client.get('/orders')).json).toEqual({
      message: 'Internal server error.',
      status_code: 502,
    });
    expect((await client.get('/orders')).status).toBe(200);
  });
});
