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
import { one, rows, value } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

interface LiveEvent {
  position: string;
  order_id: string;
  seq: number;
  [field: string]: unknown;
}

const position = () =>
  value<number>(
    database.pool,
    'select position::integer as value from app_private.live_position()',
  );
const liveEvents = (after: number, batch = 1000) =>
  rows<LiveEvent>(database.pool, 'select * from app_private.live_events($1, $2)', [after, batch]);
const dispatch = (batch: number) =>
  value<number>(database.pool, 'select app_private.dispatch_events($1) as value', [batch]);

test('on an empty database the stream begins at nothing, and its first event is told', async () => {
  expect(await position()).toBe(0);
  expect(await liveEvents(0)).toEqual([]);
  const order = await placeOrder(database.pool, merchant, 'pickup');
  await dispatchAll(database.pool);
  expect(await liveEvents(0)).toMatchObject([{ position: '1', order_id: order, seq: 1 }]);
});

test('an event is live when it was dispatched, with the fields of the sources', async () => {
  const start = await position();
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

test('positions have no gaps, and nothing is repeated after the position of what was read', async () => {
  const start = await position();
  for (let n = 0; n < 5; n += 1) await placeOrder(database.pool, merchant, 'pickup');
  await dispatchAll(database.pool);
  const told = await liveEvents(start);
  expect(told.map((event) => Number(event.position) - start)).toEqual([1, 2, 3, 4, 5]);
  expect(await liveEvents(await position())).toEqual([]);
});

test('shipping an order tells its tracking, boxes tell theirs, and messages tell nothing', async () => {
  const start = await position();
  const order = await placeOrder(database.pool, merchant, 'automated');
  await drive(database.pool, merchant, order, 'delivered');
  await dispatchAll(database.pool);
  const told = await liveEvents(start);
  const ofOrder = told.filter((event) => event.shipment_id === null);
  expect(ofOrder.map((event) => event.new_status)).toEqual([
    'received',
    'validated',
    'assigned',
    'labelled',
    'dispatched',
    'delivered',
  ]);
  const { tracking_code, tracking_url } = await readOrder(database.pool, order);
  expect(ofOrder.map((event) => event.shipping_status)).toEqual([
    null,
    null,
    null,
    null,
    'shipped',
    'delivered',
  ]);
  expect(ofOrder.at(-1)).toMatchObject({ tracking_code, tracking_url });
  const ofBox = told.filter((event) => event.shipment_id !== null);
  expect(ofBox.map((event) => event.new_status)).toEqual(
    expect.arrayContaining(['planned', 'labelled', 'delivered']),
  );
  expect(ofBox.at(-1)).toMatchObject({ tracking_code, shipping_status: null });
});

test('events come by transaction, and within one by order and seq', async () => {
  const start = await position();
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

/** An older transaction comes to an order after a younger one did: its event has the higher seq. */
async function crossing(): Promise<{ order: string; start: number }> {
  const order = await placeOrder(database.pool, merchant, 'pickup');
  await dispatchAll(database.pool);
  const start = await position();
  const older = await database.connect();
  const other = await placeOrder(database.pool, merchant, 'pickup');
  await older.query('begin');
  await writeMove(older, other, { to: 'accepted' }); // takes its transaction id
  await writeMove(database.pool, order, { to: 'accepted' });
  await writeMove(older, order, { to: 'in_progress' });
  await older.query('commit');
  const ids = await rows<{ xact_id: string }>(
    database.pool,
    'select xact_id from app_public.order_events where order_id = $1 and seq > 1 order by seq',
    [order],
  );
  expect(Number(ids[0]?.xact_id)).toBeGreaterThan(Number(ids[1]?.xact_id));
  return { order, start };
}

const seqsOf = (events: LiveEvent[], order: string) =>
  events.filter(({ order_id }) => order_id === order).map(({ seq }) => seq);

test("an order's events come in the order of their seq, whatever their transactions", async () => {
  const { order, start } = await crossing();
  await dispatchAll(database.pool);
  expect(seqsOf(await liveEvents(start), order)).toEqual([2, 3]);
});

test('so they do when a small batch ends between the two, and neither comes twice', async () => {
  const { order, start } = await crossing();
  while (seqsOf(await liveEvents(start), order).length < 2) await dispatch(1);
  await dispatchAll(database.pool);
  expect(seqsOf(await liveEvents(start), order)).toEqual([2, 3]);
});

test('what is pruned is gone, and the cursor says up to where', async () => {
  await dispatchAll(database.pool);
  const end = await position();
  await database.pool.query("update app_private.live_log set told_at = now() - interval '2 days'");
  await placeOrder(database.pool, merchant, 'pickup');
  await dispatchAll(database.pool);
  await database.pool.query("select app_private.prune_live_log(interval '1 day')");
  expect(await liveEvents(0)).toHaveLength(1);
  expect(
    await one(
      database.pool,
      'select position::integer, pruned_to::integer from app_private.live_position()',
    ),
  ).toEqual({ position: end + 1, pruned_to: end });
});
