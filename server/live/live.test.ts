import { createClient, type Client } from 'graphql-ws';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';

import { placeOrder } from '../../sql-tests/support/orders.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

interface Update {
  orderId: string;
  oldStatus: string | null;
  newStatus: string;
  seq: number;
  cursor: string;
  order: { id: string; status: string };
}

let api: TestApi;
let owner: string;
const clients: Client[] = [];

beforeAll(async () => {
  api = await startTestApi();
  owner = await api.tokenOf(api.ours);
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose();
});
afterAll(() => api.close());

const socketUrl = () => `${api.server.url.replace('http', 'ws')}/graphql`;

function connect(token: string): Client {
  const client = createClient({
    url: socketUrl(),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
    onNonLazyError: () => undefined,
  });
  clients.push(client);
  return client;
}

function subscribe(client: Client, storeId: number, after?: string): AsyncIterator<Update> {
  const query = `subscription ($storeId: Int!, $after: String) { orderStatusUpdated(storeId: $storeId, after: $after) {
    orderId publicId oldStatus newStatus timestamp fulfilmentType storeId seq cursor order { id status } } }`;
  const results = client.iterate<{ orderStatusUpdated: Update }>({
    query,
    variables: { storeId, after },
  });
  return {
    async next() {
      const result = await results.next();
      if (result.done) return { done: true, value: undefined };
      const { data, errors } = result.value;
      if (!data?.orderStatusUpdated) throw new Error(JSON.stringify(errors?.[0]?.extensions));
      return { done: false, value: data.orderStatusUpdated };
    },
    async return() {
      await results.return?.();
      return { done: true, value: undefined };
    },
  };
}

async function subscribers(expected: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const metrics = await (await fetch(`${api.server.url}/metrics`)).text();
    if (metrics.includes(`waybill_live_subscriptions ${expected}\n`)) return;
    await sleep(10);
  }
  throw new Error(`never ${expected} subscribers`);
}

async function accept(orderId: string): Promise<void> {
  const answer = await api.graphql(
    owner,
    `mutation { transitionOrder(input: {orderId: "${orderId}", toStatus: ACCEPTED}) { order { id } } }`,
  );
  expect(answer.errors).toBeUndefined();
}

async function next(updates: AsyncIterator<Update>): Promise<Update> {
  const { value } = (await updates.next()) as IteratorYieldResult<Update>;
  return value;
}

/** The server may still be about to tell of orders that were placed just before the subscription. */
async function nextMove(updates: AsyncIterator<Update>): Promise<Update> {
  for (;;) {
    const update = await next(updates);
    if (update.oldStatus !== null) return update;
  }
}

describe('orderStatusUpdated', () => {
  test('tells a change once it was committed and dispatched', async () => {
    const orderId = await placeOrder(api.database.pool, api.ours, 'shipping');
    await api.dispatch();
    const updates = subscribe(connect(owner), api.ours.shipping);
    const first = nextMove(updates);
    await subscribers(1);
    await accept(orderId);
    await api.dispatch();
    expect(await first).toMatchObject({
      orderId,
      oldStatus: 'PENDING',
      newStatus: 'ACCEPTED',
      fulfilmentType: 'SHIPPING',
      seq: 2,
      storeId: api.ours.shipping,
      order: { id: orderId, status: 'ACCEPTED' },
    });
    await updates.return?.();
    await subscribers(0);
  });

  test('tells everything since a cursor first: nothing is lost, nothing comes twice', async () => {
    const ids: string[] = [];
    const updates = subscribe(connect(owner), api.ours.pickup);
    const first = next(updates);
    await subscribers(1);
    for (let n = 0; n < 3; n += 1)
      ids.push(await placeOrder(api.database.pool, api.ours, 'pickup'));
    await api.dispatch();
    const { cursor, orderId } = await first;
    expect(orderId).toBe(ids[0]);
    await updates.return?.();
    await subscribers(0);
    await accept(ids[0] ?? ''); // while nobody listened
    await api.dispatch();
    const again = subscribe(connect(owner), api.ours.pickup, cursor);
    const told = [await next(again), await next(again), await next(again)];
    await accept(ids[1] ?? '');
    await api.dispatch();
    told.push(await next(again));
    expect(told.map((update) => [update.orderId, update.newStatus])).toEqual([
      [ids[1], 'PENDING'],
      [ids[2], 'PENDING'],
      [ids[0], 'ACCEPTED'],
      [ids[1], 'ACCEPTED'],
    ]);
  });

  test('tells the changes of one transaction one after the other, and a cursor in its middle goes on there', async () => {
    const before = await placeOrder(api.database.pool, api.ours, 'pickup');
    await api.database.pool.query(
      `begin; ${[1, 2, 3]
        .map(
          () => `select app_private.intake_order(${api.ours.id}, gen_random_uuid(), jsonb_build_object(
        'store_id', ${api.ours.pickup}, 'source', 'web', 'payment_mode', 'prepaid', 'items',
        '[{"title":"a","quantity":1,"unit_price_minor":1}]'::jsonb));`,
        )
        .join('')} commit`,
    );
    await api.dispatch();
    const [{ position, stream }] = (
      await api.database.pool.query<{ position: string; stream: string }>(
        'select l.position, c.stream from app_private.live_log l, app_private.dispatch_cursor c where l.order_id = $1',
        [before],
      )
    ).rows as [{ position: string; stream: string }];
    const all = subscribe(
      connect(owner),
      api.ours.pickup,
      `${stream}.${String(Number(position) - 1)}`,
    );
    const told: Update[] = [];
    do told.push(await next(all));
    while (told.at(-1)?.orderId !== before);
    const batch = [await next(all), await next(all), await next(all)];
    const rest = subscribe(connect(owner), api.ours.pickup, batch[0]?.cursor);
    expect((await next(rest)).orderId).toBe(batch[1]?.orderId);
    expect((await next(rest)).orderId).toBe(batch[2]?.orderId);
  });

  test('goes on after the listening connection was lost', async () => {
    const updates = subscribe(connect(owner), api.ours.automated);
    const first = next(updates);
    await subscribers(1);
    await api.database.pool.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'waybill-listener' and datname = current_database()",
    );
    const orderId = await placeOrder(api.database.pool, api.ours, 'automated');
    await api.dispatch();
    expect((await first).orderId).toBe(orderId);
  });

  test("of another merchant's store is refused, and its cursors are of no use", async () => {
    await expect(
      next(subscribe(connect(await api.tokenOf(api.theirs)), api.ours.shipping)),
    ).rejects.toThrow('NOT_FOUND');
    await expect(next(subscribe(connect(owner), api.ours.shipping, 'nonsense'))).rejects.toThrow(
      'INVALID_INPUT',
    );
  });
});

describe('a socket', () => {
  const closing = (socket: WebSocket) =>
    new Promise<number>((resolve) => {
      socket.on('error', () => resolve(-1));
      socket.on('close', (code) => resolve(code));
    });
  const raw = (options = {}) => new WebSocket(socketUrl(), 'graphql-transport-ws', options);
  const init = (socket: WebSocket, token: string) =>
    socket.on('open', () =>
      socket.send(
        JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }),
      ),
    );

  test('without a valid token is closed', async () => {
    const socket = raw();
    init(socket, 'nonsense');
    expect(await closing(socket)).toBe(4401);
  });

  test('is closed when its token ends', async () => {
    const token = await api.tokenOf(api.ours, 'owner', 1);
    const socket = raw();
    init(socket, token);
    expect(await closing(socket)).toBe(4401);
  });

  test('from a page of another host is not opened', async () => {
    expect(await closing(raw({ origin: 'https://evil.example' }))).toBe(-1);
  });

  test('takes no frame that is too large', async () => {
    const socket = raw();
    socket.on('open', () => socket.send('x'.repeat(70_000)));
    expect(await closing(socket)).toBe(1009);
  });

  test('takes no mutations and no queries', async () => {
    for (const query of [
      'mutation { resetCircuit(input: {carrierAccountId: 1}) { circuit { state } } }',
      '{ __typename }',
    ]) {
      const failed = new Promise((resolve) =>
        connect(owner).subscribe(
          { query },
          { next: resolve, error: resolve, complete: () => undefined },
        ),
      );
      expect(await failed).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }]);
    }
  });

  test('has at most twenty subscriptions', async () => {
    const client = connect(owner);
    const query = `subscription { orderStatusUpdated(storeId: ${api.ours.shipping}) { seq } }`;
    const refused = new Promise((resolve) => {
      for (let n = 0; n < 21; n += 1) {
        client.subscribe(
          { query },
          { next: () => undefined, error: resolve, complete: () => undefined },
        );
      }
    });
    expect(await refused).toMatchObject([{ extensions: { code: 'TOO_MANY_SUBSCRIPTIONS' } }]);
    await subscribers(20);
  });
});
