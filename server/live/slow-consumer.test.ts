import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';

import { asMember } from '../../sql-tests/support/acting.ts';
import { placeOrder } from '../../sql-tests/support/orders.ts';
import { committed } from '../../sql-tests/support/parallel.ts';
import { value } from '../../sql-tests/support/query.ts';
import { subscribe, untilOpen } from '../testing/live-clients.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';
import { socketUrl } from '../testing/test-socket.ts';

let api: TestApi;
let token: string;
let orders: string[];

beforeAll(async () => {
  api = await startTestApi();
  token = await api.tokenOf(api.ours);
  orders = [];
  for (let n = 0; n < 500; n += 1)
    orders.push(await placeOrder(api.database.pool, api.ours, 'pickup'));
  await api.dispatch();
});
afterAll(() => api.close());

/** 2,000 events for each subscription, in four bursts. */
async function moveAll(): Promise<number> {
  const client = await api.database.connect();
  let moved = 0;
  for (const to of ['accepted', 'in_progress', 'ready', 'completed']) {
    await committed(client, async () => {
      await asMember(client, api.ours, 'owner');
      const all = `select count(*)::integer as value
        from app_public.transition_orders($1::uuid[], $2) where outcome = 'moved'`;
      moved += await value<number>(client, all, [orders, to]);
    });
    await api.dispatch();
  }
  return moved;
}

interface Message {
  type: string;
  id?: string;
  payload?: { data: { told: { cursor: string; seq: number; orderId: string } } };
}

/** A socket with as many subscriptions as it may have, which reads nothing until it is told to. */
function lazySocket(field: string) {
  const socket = new WebSocket(socketUrl(api), 'graphql-transport-ws');
  const messages: Message[] = [];
  const say = (message: object) => socket.send(JSON.stringify(message));
  socket.on('open', () =>
    say({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }),
  );
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as Message;
    if (message.type !== 'connection_ack') return void messages.push(message);
    const payload = { query: `subscription { told: ${field} }` };
    for (let n = 1; n <= 20; n += 1) say({ id: String(n), type: 'subscribe', payload });
  });
  const closed = new Promise<[number, string]>((resolve) =>
    socket.once('close', (code, reason) => resolve([code, reason.toString()])),
  );
  return { socket, messages, closed };
}

test('a socket that takes nothing is cut off, holds up nobody, and goes on later where it was', async () => {
  // Large, because the kernel takes some megabytes before anything waits for us.
  const large = Array.from({ length: 40 }, (_, n) => `a${n}: orderId`).join(' ');
  const field = `orderStatusUpdated(storeId: ${api.ours.pickup}) { orderId seq cursor ${large} }`;
  const quick = subscribe<{ cursor: string }>(api, { token, field });
  const lazy = lazySocket(field);
  await untilOpen(api, 21);
  lazy.socket.pause();
  const moved = await moveAll();
  const all = await quick.first(moved); // while the other one sleeps
  await untilOpen(api, 1); // what waited for it is gone
  lazy.socket.resume();
  expect(await lazy.closed).toEqual([1013, 'Too many events wait for this subscriber.']);
  const first = lazy.messages.filter(({ id, type }) => id === '1' && type === 'next');
  expect(first.length).toBeGreaterThan(0);
  expect(first.length).toBeLessThan(moved);
  const cursor = first.at(-1)?.payload?.data.told.cursor ?? '';
  const after = field.replace(')', `, after: "${cursor}")`);
  const again = subscribe<{ cursor: string }>(api, { token, field: after });
  const rest = await again.first(moved - first.length);
  expect([...first.map((message) => message.payload?.data.told), ...rest]).toEqual(all);
  quick.close();
  again.close();
  await untilOpen(api, 0);
});
