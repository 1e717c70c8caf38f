import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';

import { drive } from '../../sql-tests/support/drive.ts';
import { placeOrder, readOrder, writeMove } from '../../sql-tests/support/orders.ts';
import { value } from '../../sql-tests/support/query.ts';
import { subscribe, untilOpen, type LiveClient } from '../testing/live-clients.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
let token: string;
const open: { close(): void }[] = [];

beforeAll(async () => {
  api = await startTestApi();
  token = await api.tokenOf(api.ours, 'staff');
});
afterEach(async () => {
  for (const client of open.splice(0)) client.close();
  await untilOpen(api, 0);
});
afterAll(() => api.close());

interface Told {
  orderId: string;
  newStatus: string;
  seq: number;
  cursor: string;
}

function told<T = Told>(field: string, as = token): LiveClient<T> {
  const client = subscribe<T>(api, { field, ...(as === 'customer' ? {} : { token: as }) });
  open.push(client);
  return client;
}

const place = (workflow: 'automated' | 'shipping' | 'pickup') =>
  placeOrder(api.database.pool, api.ours, workflow);
const cursor = async () => {
  const answer = await api.graphql<{ liveCursor: string }>(token, '{ liveCursor }');
  return answer.data.liveCursor;
};

describe('orderCreated', () => {
  const field = (after?: string) =>
    `orderCreated(storeId: ${api.ours.pickup}${after === undefined ? '' : `, after: "${after}"`}) {
      orderId oldStatus newStatus seq cursor order { id } }`;

  test('tells new orders and not what happens to them', async () => {
    const client = told(field());
    await untilOpen(api, 1);
    const first = await place('pickup');
    await writeMove(api.database.pool, first, { to: 'accepted' });
    await place('shipping');
    const second = await place('pickup');
    await api.dispatch();
    expect(await client.first(2)).toMatchObject([
      { orderId: first, oldStatus: null, newStatus: 'PENDING', seq: 1, order: { id: first } },
      { orderId: second, oldStatus: null, newStatus: 'PENDING', seq: 1 },
    ]);
  });

  test('goes on after a cursor', async () => {
    const after = await cursor();
    const missed = await place('pickup');
    await api.dispatch();
    const client = told(field(after));
    const [replayed] = await client.first(1);
    expect(replayed?.orderId).toBe(missed);
    const live = await place('pickup');
    await api.dispatch();
    expect((await client.first(2)).map(({ orderId }) => orderId)).toEqual([missed, live]);
  });
});

describe('shippingUpdated', () => {
  test('tells of every box and of the order, and goes on after a cursor in the middle', async () => {
    const field = (after: string) =>
      `shippingUpdated(storeId: ${api.ours.automated}, after: "${after}") {
        orderId shipmentId oldStatus newStatus shippingStatus trackingCode trackingUrl cursor
        shipment { id status } order { id } }`;
    interface Shipping {
      shipmentId: string | null;
      oldStatus: string | null;
      newStatus: string | null;
      shippingStatus: string | null;
      trackingCode: string | null;
      cursor: string;
      shipment: { id: string } | null;
    }
    const start = await cursor();
    const order = await place('automated');
    await drive(api.database.pool, api.ours, order, 'delivered');
    await api.dispatch();
    const all = told<Shipping>(field(start));
    await api.dispatch();
    const expected = await value<number>(
      api.database.pool,
      `select count(*)::integer as value from app_public.order_events
       where order_id = $1 and (shipment_id is not null or to_status in ('dispatched', 'delivered'))`,
      [order],
    );
    const updates = await all.first(expected);
    const ofOrder = updates.filter(({ shipmentId }) => shipmentId === null);
    expect(ofOrder.map(({ shippingStatus }) => shippingStatus)).toEqual(['SHIPPED', 'DELIVERED']);
    expect(ofOrder.every(({ oldStatus, newStatus }) => !oldStatus && !newStatus)).toBe(true);
    const ofBox = updates.filter(({ shipmentId }) => shipmentId !== null);
    expect(ofBox.at(-1)).toMatchObject({ newStatus: 'DELIVERED', shippingStatus: null });
    expect(ofBox.at(-1)?.shipment?.id).toBe(ofBox.at(-1)?.shipmentId);
    const { tracking_code } = await readOrder(api.database.pool, order);
    expect(ofOrder.at(-1)?.trackingCode).toBe(tracking_code);
    const rest = told<Shipping>(field(updates[1]?.cursor ?? ''));
    expect(await rest.first(expected - 2)).toEqual(updates.slice(2));
  });
});

describe('orderCounts', () => {
  test('tells how many are in each status: at once, and when it changes', async () => {
    interface Counts {
      counts: {
        total: number;
        needingAttention: number;
        byStatus: { status: string; count: number }[];
      };
    }
    const client = told<Counts>(
      `orderCounts(storeId: ${api.theirs.pickup}) {
        storeId counts { total needingAttention byStatus { status count } } timestamp }`,
      await api.tokenOf(api.theirs),
    );
    expect((await client.first(1))[0]).toMatchObject({
      counts: { total: 0, needingAttention: 0, byStatus: [] },
    });
    const order = await placeOrder(api.database.pool, api.theirs, 'pickup');
    await api.dispatch();
    expect((await client.first(2))[1]?.counts.byStatus).toEqual([{ status: 'PENDING', count: 1 }]);
    await writeMove(api.database.pool, order, { to: 'accepted' });
    await api.dispatch();
    expect((await client.first(3))[2]?.counts).toEqual({
      total: 1,
      needingAttention: 0,
      byStatus: [{ status: 'ACCEPTED', count: 1 }],
    });
  });
});

describe('customerOrderUpdated', () => {
  const field = (publicId: string, after?: string) =>
    `customerOrderUpdated(publicId: "${publicId}"${after === undefined ? '' : `, after: "${after}"`}) {
      publicId oldStatus newStatus timestamp fulfilmentType shippingStatus trackingCode trackingUrl cursor }`;

  test('needs no login, tells one order, and goes on after a cursor', async () => {
    const order = await place('pickup');
    const { public_id: publicId } = await readOrder(api.database.pool, order);
    await api.dispatch();
    const client = told<Told>(field(String(publicId)), 'customer');
    await untilOpen(api, 1);
    await place('pickup');
    await writeMove(api.database.pool, order, { to: 'accepted' });
    await writeMove(api.database.pool, order, { to: 'in_progress' });
    await api.dispatch();
    const updates = await client.first(2);
    expect(updates).toMatchObject([
      { publicId, oldStatus: 'PENDING', newStatus: 'ACCEPTED', cursor: '2' },
      { publicId, oldStatus: 'ACCEPTED', newStatus: 'IN_PROGRESS', cursor: '3' },
    ]);
    const again = told<Told>(field(String(publicId), updates[0]?.cursor), 'customer');
    await again.first(1);
    await writeMove(api.database.pool, order, { to: 'ready' });
    await api.dispatch();
    expect((await again.first(2)).map(({ newStatus }) => newStatus)).toEqual([
      'IN_PROGRESS',
      'READY',
    ]);
  });

  test('of an unknown public id is refused, and store channels are not for customers', async () => {
    expect(await told(field('AAAAAAAAAAAA'), 'customer').ended()).toBe('NOT_FOUND');
    const store = `orderStatusUpdated(storeId: ${api.ours.pickup}) { cursor }`;
    expect(await told(store, 'customer').ended()).toBe('UNAUTHENTICATED');
    const customer = `customerOrderUpdated(publicId: "AAAAAAAAAAAA") { order { id } }`;
    expect(await told(customer, 'customer').ended()).toBe('INVALID_INPUT');
  });
});

test('a cursor of another stream, or of the future, is refused on every channel', async () => {
  const [stream = ''] = (await cursor()).split('.');
  for (const after of ['00000000.1', `${stream}.999999999`]) {
    for (const channel of ['orderStatusUpdated', 'orderCreated', 'shippingUpdated']) {
      const field = `${channel}(storeId: ${api.ours.pickup}, after: "${after}") { cursor }`;
      expect(await told(field).ended()).toBe('CURSOR_TOO_OLD');
    }
  }
});
