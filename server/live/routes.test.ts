import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';

import { drive } from '../../sql-tests/support/drive.ts';
import { placeOrder, readOrder, writeMove } from '../../sql-tests/support/orders.ts';
import { until } from '../../sql-tests/support/until.ts';
import { listen, untilOpen } from '../testing/live-clients.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
let token: string;
const open: { close(): void }[] = [];

beforeAll(async () => {
  api = await startTestApi();
  token = await api.tokenOf(api.ours);
});
afterEach(async () => {
  for (const client of open.splice(0)) client.close();
  await untilOpen(api, 0);
});
afterAll(() => api.close());

function stream(path: string, headers: Record<string, string> = {}) {
  const client = listen(`${api.server.url}${path}`, headers);
  open.push(client);
  return client;
}
const asMember = (lastEventId?: string) => ({
  authorization: `Bearer ${token}`,
  ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
});
const events = () => `/stores/${api.ours.pickup}/events`;
const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${api.server.url}${path}`, { headers });
const codeOf = async (response: Response) => {
  const body = (await response.json()) as { error?: { code: string }; errors?: unknown };
  return [response.status, JSON.stringify(body).match(/"code":"(\w+)"/)?.[1]];
};

describe('GET /stores/:id/events', () => {
  test("streams the source documents' payload", async () => {
    const client = stream(events(), asMember());
    await untilOpen(api, 1);
    const order = await placeOrder(api.database.pool, api.ours, 'pickup');
    await writeMove(api.database.pool, order, { to: 'accepted' });
    await api.dispatch();
    const { public_id } = await readOrder(api.database.pool, order);
    const [created, received, accepted] = await client.first(3);
    const payload = {
      order_id: order,
      public_id,
      fulfilment_type: 'pickup',
      store_id: api.ours.pickup,
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*\+00:00$/),
    };
    const placed = { ...payload, old_status: null, new_status: 'pending' };
    expect(created).toMatchObject({ event: 'OrderCreated', data: placed });
    expect(received).toEqual({
      id: expect.any(String),
      event: 'OrderStatusUpdated',
      data: placed,
    });
    expect(accepted?.data).toEqual({ ...payload, old_status: 'pending', new_status: 'accepted' });
  });

  test('goes on after Last-Event-ID, also from the middle of an event', async () => {
    const client = stream(events(), asMember());
    await untilOpen(api, 1);
    await placeOrder(api.database.pool, api.ours, 'pickup');
    await placeOrder(api.database.pool, api.ours, 'pickup');
    await api.dispatch();
    const all = await client.first(4);
    for (const skipped of [1, 2, 3]) {
      const rest = stream(events(), asMember(all[skipped - 1]?.id));
      expect(await rest.first(4 - skipped)).toEqual(all.slice(skipped));
    }
  });

  test('says at once where it begins, so that a reader that got nothing misses nothing', async () => {
    const client = stream(events(), asMember());
    await untilOpen(api, 1);
    client.close();
    await untilOpen(api, 0);
    const order = await placeOrder(api.database.pool, api.ours, 'pickup');
    await api.dispatch();
    const again = stream(events(), asMember(client.lastEventId()));
    expect((await again.first(1))[0]?.data.order_id).toBe(order);
  });

  test('tells shipping as ShippingUpdated beside the move', async () => {
    const client = stream(`/stores/${api.ours.automated}/events`, asMember());
    await untilOpen(api, 1);
    const order = await placeOrder(api.database.pool, api.ours, 'automated');
    await drive(api.database.pool, api.ours, order, 'dispatched');
    await api.dispatch();
    const { tracking_code } = await readOrder(api.database.pool, order);
    const shipped = await until('the shipping', async () =>
      client.updates.find(({ data }) => data.shipping_status === 'shipped'),
    );
    expect(shipped).toMatchObject({
      event: 'ShippingUpdated',
      data: { order_id: order, shipment_id: null, old_status: null, tracking_code },
    });
    expect(client.updates.at(-2)).toMatchObject({
      event: 'OrderStatusUpdated',
      data: { order_id: order, old_status: 'labelled', new_status: 'dispatched' },
    });
    const ofBox = client.updates.filter(({ data }) => data.shipment_id != null);
    expect(ofBox.every(({ event }) => event === 'ShippingUpdated')).toBe(true);
    expect(ofBox[0]?.data.new_status).toBe('planned');
  });

  test('refuses who may not, what is no cursor, and what is too old', async () => {
    expect(await codeOf(await get(events()))).toEqual([401, 'UNAUTHENTICATED']);
    const theirs = `/stores/${api.theirs.pickup}/events`;
    expect(await codeOf(await get(theirs, asMember()))).toEqual([404, 'NOT_FOUND']);
    expect(await codeOf(await get('/stores/x/events', asMember()))).toEqual([404, 'NOT_FOUND']);
    expect(await codeOf(await get(events(), asMember('x')))).toEqual([400, 'INVALID_INPUT']);
    const [status, code] = await codeOf(await get(events(), asMember('00000000.1')));
    expect([status, code]).toEqual([expect.any(Number), 'CURSOR_TOO_OLD']);
  });

  test('opens with a stream token in its address: of this store, and for a minute', async () => {
    const answer = await fetch(`${api.server.url}/stores/${api.ours.pickup}/stream-token`, {
      method: 'POST',
      headers: asMember(),
    });
    const { streamToken } = (await answer.json()) as { streamToken: string };
    stream(`${events()}?token=${streamToken}`);
    await untilOpen(api, 1);
    const other = `/stores/${api.ours.shipping}/events?token=${streamToken}`;
    expect(await codeOf(await get(other))).toEqual([401, 'UNAUTHENTICATED']);
    expect(await codeOf(await get(`${events()}?token=${token}`))).toEqual([401, 'UNAUTHENTICATED']);
  });
});

test('GET /stores/:id/order-counts streams the counts', async () => {
  const client = stream(`/stores/${api.ours.shipping}/order-counts`, asMember());
  expect((await client.first(1))[0]).toMatchObject({
    event: 'OrderCounts',
    data: { store_id: api.ours.shipping, orders: {}, attention: 0 },
  });
  await placeOrder(api.database.pool, api.ours, 'shipping');
  await api.dispatch();
  expect((await client.first(2))[1]?.data.orders).toEqual({ pending: 1 });
});

describe('GET /track/:publicId/events', () => {
  test('tells a customer of one order, without an internal id, and goes on after an id', async () => {
    const order = await placeOrder(api.database.pool, api.ours, 'pickup');
    const { public_id: publicId } = await readOrder(api.database.pool, order);
    await api.dispatch();
    const client = stream(`/track/${String(publicId)}/events`);
    await untilOpen(api, 1);
    await placeOrder(api.database.pool, api.ours, 'pickup');
    await writeMove(api.database.pool, order, { to: 'accepted' });
    await writeMove(api.database.pool, order, { to: 'in_progress' });
    await api.dispatch();
    const [first, second] = await client.first(2);
    expect(first).toEqual({
      id: '2',
      event: 'OrderStatusUpdated',
      data: {
        public_id: publicId,
        old_status: 'pending',
        new_status: 'accepted',
        timestamp: expect.any(String),
        fulfilment_type: 'pickup',
        shipping_status: null,
        tracking_code: null,
        tracking_url: null,
      },
    });
    const again = stream(`/track/${String(publicId)}/events`, { 'last-event-id': '2' });
    expect(await again.first(1)).toEqual([second]);
  });

  test('of an unknown order is refused', async () => {
    expect(await codeOf(await get('/track/AAAAAAAAAAAA/events'))).toEqual([404, 'NOT_FOUND']);
  });
});
