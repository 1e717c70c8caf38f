import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { asActor } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { dispatchAll } from '../support/dispatch.ts';
import { drive } from '../support/drive.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, readOrder, writeMove } from '../support/orders.ts';
import { committed } from '../support/parallel.ts';
import { rows, value } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
  await placeOrder(database.pool, merchant, 'pickup'); // on a bare database the cursor is -1
});
afterAll(() => database.drop());

interface LiveEvent {
  xact_id: string;
  order_id: string;
  seq: number;
  [field: string]: unknown;
}

const cursor = () => value<string>(database.pool, 'select app_private.live_cursor() as value');
const liveEvents = (after: string, batch = 1000) =>
  rows<LiveEvent>(database.pool, 'select * from app_private.live_events($1, $2)', [after, batch]);

test('an event is live when it was dispatched, with the fields of the sources', async () => {
  await dispatchAll(database.pool);
  const start = await cursor();
  const order = await placeOrder(database.pool, merchant, 'pickup');
  expect(await liveEvents(start)).toEqual([]);
  await dispatchAll(database.pool);
  const [event] = await liveEvents(start);
  expect(event).toMatchObject({
    order_id: order,
    public_id: (await readOrder(database.pool, order)).public_id,
    old_status: null,
    new_status: 'pending',
    fulfilment_type: 'pickup',
    store_id: merchant.pickup,
    merchant_id: merchant.id,
    seq: 1,
  });
});

test('nothing is repeated after the cursor of what was read', async () => {
  await dispatchAll(database.pool);
  expect(await liveEvents(await cursor())).toEqual([]);
});

test('of a parcel nothing is live but what its order does', async () => {
  await dispatchAll(database.pool);
  const start = await cursor();
  const order = await placeOrder(database.pool, merchant, 'automated');
  await drive(database.pool, merchant, order, 'delivered');
  await dispatchAll(database.pool);
  const statuses = (await liveEvents(start)).map((event) => event.new_status);
  expect(statuses).toEqual([
    'received',
    'validated',
    'assigned',
    'labelled',
    'dispatched',
    'delivered',
  ]);
});

test('events come by transaction, and within one by order and seq', async () => {
  await dispatchAll(database.pool);
  const start = await cursor();
  const client = await database.connect();
  const orders = await committed(client, async () => {
    const placed = [
      await placeOrder(client, merchant, 'pickup'),
      await placeOrder(client, merchant, 'pickup'),
    ];
    await asActor(client, merchant, 'owner');
    for (const to of ['accepted', 'in_progress']) {
      for (const order of placed) await writeMove(client, order, { to });
    }
    return placed;
  });
  orders.push(await placeOrder(database.pool, merchant, 'pickup'));
  await dispatchAll(database.pool);
  const told = await liveEvents(start);
  expect(told.map(({ order_id, seq }) => `${orders.indexOf(order_id)} ${seq}`)).toEqual([
    '0 1',
    '0 2',
    '0 3',
    '1 1',
    '1 2',
    '1 3',
    '2 1',
  ]);
});
