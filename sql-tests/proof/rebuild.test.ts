import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type pg from 'pg';

import { asActor } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { dispatchAll } from '../support/dispatch.ts';
import { addTwoMerchants } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, readOrder, writeMove } from '../support/orders.ts';
import { backendOf, committed, untilBlocked } from '../support/parallel.ts';
import { count, rows } from '../support/query.ts';
import { broken } from './broken.ts';
import { keepBusy } from './busy.ts';
import { fingerprint, unfolded } from './folded.ts';
import { liveThroughEverything } from './whole-life.ts';

let database: TestDatabase;
let admin: pg.Client;
let mine: Merchant;
let other: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ mine, other } = await addTwoMerchants(database.pool));
  await liveThroughEverything(database, [mine, other]);
}, 60_000);
beforeEach(async () => {
  admin = await database.connect();
});
afterAll(() => database.drop());

/** In how many orders each read model differed. */
async function rebuild(client: pg.Client, ordersAtOnce = 7): Promise<Record<string, number>> {
  const [row] = await rows<{ differences: Record<string, number> }>(
    client,
    'call app_private.rebuild_read_models($1)',
    [ordersAtOnce],
  );
  return row?.differences ?? {};
}

/** As a superuser to whom no trigger applies. */
const spoil = (sql: string) =>
  committed(admin, async () => {
    await admin.query('set local session_replication_role = replica');
    await admin.query(sql);
  });

const some = (every: number) => `get_byte(uuid_send(id), 15) % ${every} = 0`;

const spoilage = `
  update app_public.orders_current set tracking_code = 'WRONG', total_minor = 1, seq = 77 where ${some(3)};
  delete from app_public.orders_current where ${some(7)};
  insert into app_public.orders_current
  select (jsonb_populate_record(o, jsonb_build_object('id', app_hidden.uuid_v7()))).*
  from app_public.orders_current o order by o.id limit 1;
  update app_public.order_items set title = 'Something else' where line = 1;
  delete from app_public.order_items where line = 2;
  delete from app_hidden.order_keys where number % 5 = 0;
  update app_hidden.order_keys set public_id = 'x' || public_id where number % 7 = 0;
  update app_public.shipments_current set status = 'lost', weight_grams = 1
    where ${some(2)} and status <> 'cancelled';
  delete from app_public.shipment_items where line = 1;
  update app_public.order_counts set orders = orders + 3;
  update app_public.attention_counts set orders = orders + 1`;

test('what a superuser spoiled is mended while orders are on the move', async () => {
  await spoil(spoilage);
  const spoiled = Object.keys(await unfolded(database.pool)).sort();
  expect(spoiled).toEqual([
    'order_items',
    'order_keys',
    'orders_current',
    'shipment_items',
    'shipments_current',
  ]);
  const busy = keepBusy(database, [mine, other], 3);
  const differences = await rebuild(admin);
  const moved = await busy.stop();
  expect(moved).toBeGreaterThan(0);
  expect(Object.keys(differences).sort()).toEqual([...spoiled, 'order_counts'].sort());
  await dispatchAll(database.pool);
  expect(await unfolded(database.pool)).toEqual({});
  expect(await broken(database.pool)).toEqual({});
}, 60_000);

test('read models that were emptied come back byte for byte', async () => {
  const before = await fingerprint(database.pool);
  const orders = await count(database.pool, 'app_public.orders_current');
  await spoil(`truncate app_public.orders_current, app_public.order_items, app_hidden.order_keys,
    app_public.shipments_current, app_public.shipment_items, app_public.order_counts,
    app_public.attention_counts cascade`);
  const differences = await rebuild(admin);
  expect(differences).toMatchObject({ orders_current: orders, order_items: orders });
  expect(await fingerprint(database.pool)).toEqual(before);
  expect(await broken(database.pool)).toEqual({});
}, 60_000);

test('where nothing differs nothing is written', async () => {
  const mended = await count(database.pool, 'app_private.rebuilds');
  const rowsBefore = await rows(
    database.pool,
    'select max(xmin::text::bigint) as newest from app_public.orders_current',
  );
  expect(await rebuild(admin)).toEqual({});
  expect(await count(database.pool, 'app_private.rebuilds')).toBe(mended);
  expect(
    await rows(
      database.pool,
      'select max(xmin::text::bigint) as newest from app_public.orders_current',
    ),
  ).toEqual(rowsBefore);
});

test('what is written while an order is compared is not lost: it is folded again under its lock', async () => {
  const order = await placeOrder(database.pool, mine, 'shipping');
  await spoil(`update app_public.orders_current set tracking_code = 'WRONG' where id = '${order}'`);
  const writer = await database.connect();
  await writer.query('begin');
  await asActor(writer, mine, 'owner');
  await writeMove(writer, order, { to: 'accepted' });
  const backend = await backendOf(admin);
  const rebuilding = rebuild(admin);
  await untilBlocked(database.pool, backend);
  await writer.query('commit');
  expect(await rebuilding).toEqual({ orders_current: 1 });
  expect(await readOrder(database.pool, order)).toMatchObject({
    status: 'accepted',
    tracking_code: null,
    seq: 2,
  });
  await writer.end();
});

test('a writer that waits for an order that is being mended finds it mended', async () => {
  const order = await placeOrder(database.pool, mine, 'shipping');
  await spoil(`update app_public.orders_current set seq = 9 where id = '${order}'`);
  await admin.query('begin');
  await admin.query(
    `select app_private.mend($1, array[$2::uuid],
       jsonb_build_object($2::text, '["orders_current"]'::jsonb))`,
    [mine.id, order],
  );
  const writer = await database.connect();
  const backend = await backendOf(writer);
  const writing = committed(writer, async () => {
    await asActor(writer, mine, 'owner');
    await writeMove(writer, order, { to: 'accepted' });
  });
  await untilBlocked(database.pool, backend);
  await admin.query('commit');
  await writing;
  expect(await readOrder(database.pool, order)).toMatchObject({ status: 'accepted', seq: 2 });
  expect(
    await rows(database.pool, 'select differed from app_private.rebuilds where order_id = $1', [
      order,
    ]),
  ).toEqual([{ differed: ['orders_current'] }]);
});

test('a member who moves two orders the other way round is never caught in a deadlock with it', async () => {
  const first = await placeOrder(database.pool, mine, 'shipping');
  const second = await placeOrder(database.pool, mine, 'shipping');
  await spoil(`update app_public.orders_current set tracking_code = 'WRONG'
    where id in ('${first}', '${second}')`);
  const writer = await database.connect();
  await writer.query('begin');
  await asActor(writer, mine, 'owner');
  await writeMove(writer, second, { to: 'accepted' });
  const backend = await backendOf(admin);
  const rebuilding = rebuild(admin);
  await untilBlocked(database.pool, backend);
  await writeMove(writer, first, { to: 'accepted' });
  await writer.query('commit');
  await writer.end();
  expect(await rebuilding).toEqual({ orders_current: 2 });
  for (const order of [first, second])
    expect(await readOrder(database.pool, order)).toMatchObject({
      status: 'accepted',
      tracking_code: null,
    });
});
