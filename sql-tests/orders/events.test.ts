import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { asActor, asDba, asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { drive } from '../support/drive.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, readOrder, writeMove } from '../support/orders.ts';
import { tryOut } from '../support/outcome.ts';
import { one, rows, value } from '../support/query.ts';
import { orderAt } from '../workflows/reach.ts';
import { firstBrokenLink } from './hash-chain.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

test('the events of an order are numbered from 1 without gaps, refused ones leaving none', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    for (const from of ['received', 'validated', 'assigned', 'labelled', 'dispatched']) {
      const refused = await tryOut(db, () => writeMove(db, order, { to: 'received' }));
      expect(refused.code).toBe('WB001');
      const path = ['received', 'validated', 'assigned', 'labelled', 'dispatched', 'delivered'];
      await drive(db, merchant, order, path[path.indexOf(from) + 1] ?? '', from);
    }
    const events = await rows<{ seq: number }>(
      db,
      'select seq from app_public.order_events where order_id = $1 order by seq',
      [order],
    );
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, at) => at + 1));
    expect((await readOrder(db, order)).seq).toBe(events.length);
  }));

test('one select tells the whole story of an order and its box', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    await drive(db, merchant, order, 'delivered');
    const story = await rows(
      db,
      `select type, to_status, shipment_id is not null as of_box, actor_role
       from app_public.order_events where order_id = $1 order by seq`,
      [order],
    );
    const system = { actor_role: 'system' };
    const carrier = { actor_role: 'carrier' };
    const moved = { type: 'status_changed', of_box: false };
    const boxMoved = { type: 'status_changed', of_box: true };
    expect(story).toEqual([
      { type: 'order_placed', to_status: 'received', of_box: false, ...system },
      { ...moved, to_status: 'validated', ...system },
      { ...moved, to_status: 'assigned', ...system },
      { type: 'shipment_planned', to_status: 'planned', of_box: true, ...system },
      { type: 'shipment_booked', to_status: null, of_box: true, ...system },
      { ...boxMoved, to_status: 'labelled', ...system },
      { ...moved, to_status: 'labelled', ...system },
      { ...boxMoved, to_status: 'in_transit', ...carrier },
      { ...moved, to_status: 'dispatched', ...carrier },
      { ...boxMoved, to_status: 'delivered', ...carrier },
      { ...moved, to_status: 'delivered', ...carrier },
    ]);
  }));

test('the hash chain can be computed anew from the events alone, in any time zone', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    await drive(db, merchant, order, 'delivered');
    await db.query(`set local time zone 'Asia/Kolkata'`);
    expect(await firstBrokenLink(db, order)).toBeNull();
    const head = await value<Buffer>(
      db,
      `select hash as value from app_public.order_events where order_id = $1
       order by seq desc limit 1`,
      [order],
    );
    expect((await readOrder(db, order)).event_hash).toEqual(head);
  }));

test('quotes, emoji, new lines and backslashes are in the chain as they are', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'shipping');
    await asActor(db, merchant, 'owner');
    const reason = `"No" \\ she said:\n\t'cancel' 🛑 \u0001 ]`;
    await writeMove(db, order, { to: 'cancelled', reason, inputs: { 'a "key"': [1.5, null] } });
    expect(await firstBrokenLink(db, order)).toBeNull();
  }));

test('a client with another encoding writes the same chain as any other', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'shipping');
    await asActor(db, merchant, 'owner');
    await db.query(`set local client_encoding to 'LATIN1'`);
    await db.query(
      `insert into app_public.order_events (order_id, to_status, reason)
       values ($1, 'cancelled', 'd' || chr(233) || 'j' || chr(224) || ' vu')`,
      [order],
    );
    await db.query(`set local client_encoding to 'UTF8'`);
    expect(await firstBrokenLink(db, order)).toBeNull();
  }));

test('neighbouring fields cannot lend each other characters', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'shipping');
    const hashes = await rows<{ hash: string }>(
      db,
      String.raw`select distinct app_hidden.event_hash('', merchant_id, order_id, seq, shipment_id, type,
         from_status, to_status, actor_id, actor_role, split.reason, inputs, override, split.key,
         occurred_at, recorded_at, xact_id) as hash
       from app_public.order_events, (values
         ('a', null), ('a', ''), ('a', 'NULL'), ('a NULL', null), ('a'' NULL', null), ('', 'a'),
         ('a b', 'c'), ('a', 'b c'), ('a'' ''b', 'c'), ('a', 'b'' ''c'), ('\', 'a'), ('', '\a'),
         ('a''', ''), ('a', '''')
       ) split (reason, key)
       where order_id = $1 and seq = 1`,
      [order],
    );
    expect(hashes).toHaveLength(14);
  }));

test.each([
  ['reason', `reason = 'a nicer story'`],
  ['inputs', `inputs = inputs || '{"added": 1}'`],
  ['actor_id', `actor_id = 'somebody else'`],
  ['occurred_at', `occurred_at = occurred_at - interval '1 microsecond'`],
  ['override', 'override = true'],
])('an event whose %s was changed behind the triggers breaks the chain', (_field, change) =>
  database.withRollback(async (db) => {
    const order = await orderAt(db, merchant, 'pickup', 'completed');
    await db.query('set local session_replication_role = replica');
    await db.query(`update app_public.order_events set ${change} where order_id = $1 and seq = 3`, [
      order,
    ]);
    expect(await firstBrokenLink(db, order)).toBe(3);
  }),
);

test('each event has the id of the transaction that wrote it', async () => {
  const client = await database.connect();
  await client.query('begin');
  const mine = await value<string>(client, 'select pg_current_xact_id()::text as value');
  const order = await placeOrder(client, merchant, 'shipping');
  await asMember(client, merchant, 'staff');
  await client.query(`select app_public.transition_order($1, 'accepted')`, [order]);
  await client.query('commit');
  const written = await rows(
    database.pool,
    'select distinct xact_id::text from app_public.order_events where order_id = $1',
    [order],
  );
  expect(written).toEqual([{ xact_id: mine }]);
});

test('who acts, the number and the times of an event are not taken from its writer', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'shipping');
    await asActor(db, merchant, 'staff');
    await db.query(
      `insert into app_public.order_events (merchant_id, order_id, seq, to_status, actor_id,
         actor_role, recorded_at, xact_id, hash)
       values ($1, $2, 77, 'accepted', 'the boss', 'owner', 'epoch', '3', '\\x00')`,
      [merchant.id + 1, order],
    );
    const event = await one<{ recorded_at: Date; xact_id: string }>(
      db,
      'select * from app_public.order_events where order_id = $1 and seq = 2',
      [order],
    );
    const acting = { actor_id: String(merchant.staff), actor_role: 'staff' };
    expect(event).toMatchObject({ merchant_id: merchant.id, ...acting });
    expect(event.recorded_at.getFullYear()).toBeGreaterThan(2000);
    expect(event.xact_id).not.toBe('3');
    expect(await firstBrokenLink(db, order)).toBeNull();
  }));

test('no personal data is in any event', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    await drive(db, merchant, order, 'delivered');
    await db.query('select app_hidden.act_for($1)', [merchant.id]);
    const personal = ['Asha', '98470', 'asha@example.in', 'Palm Grove', 'ring twice'];
    const found = await value<number>(
      db,
      `select count(*)::integer as value
       from app_public.order_events e, app_public.audit_log a, unnest($2::text[]) p
       where e.order_id = $1 and a.entity_id = $1::text
         and (e::text like '%' || p || '%' or a::text like '%' || p || '%')`,
      [order, personal],
    );
    expect(found).toBe(0);
  }));

test.each([
  ['the same move twice', `($1, 'accepted', null), ($1, 'accepted', null)`],
  ['two moves, one after the other', `($1, 'accepted', null), ($1, 'packing', null)`],
  ['two moves from the same status', `($1, 'cancelled', null), ($1, 'accepted', null)`],
  ['two facts', `($1, null, 'attention_raised'), ($1, null, 'attention_cleared')`],
  ['a move and a fact', `($1, 'accepted', null), ($1, null, 'attention_cleared')`],
  ['a fact and a move', `($1, null, 'attention_cleared'), ($1, 'accepted', null)`],
  [
    'another order between',
    `($1, 'accepted', null), ($2, 'accepted', null), ($1, 'packing', null)`,
  ],
])('a statement with two events of one order is refused: %s', (_what, values) =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'shipping');
    const other = await placeOrder(db, merchant, 'shipping');
    await asDba(db);
    const write = `insert into app_public.order_events (order_id, to_status, type, reason, inputs)
      select v.order_id::uuid, v.to_status, v.type, 'why', '{"code": "LOOK"}'
      from (values ${values}) v (order_id, to_status, type) where $1 <> $2`;
    const refused = await tryOut(db, () => db.query(write, [order, other]));
    expect(refused).toMatchObject({ code: 'WB004', facts: { field: 'orderId', orderId: order } });
    expect(await readOrder(db, order)).toMatchObject({ status: 'pending', seq: 1 });
    expect(await readOrder(db, other)).toMatchObject({ status: 'pending', seq: 1 });
  }),
);

test('one statement with an event of each of two orders, and two statements of one order, are right', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'shipping');
    const other = await placeOrder(db, merchant, 'shipping');
    await asDba(db);
    await db.query('select from app_public.orders_current where id = $1 for update', [order]);
    await db.query(
      `insert into app_public.order_events (order_id, to_status)
       values ($1, 'accepted'), ($2, 'accepted')`,
      [order, other],
    );
    await writeMove(db, order, { to: 'packing' });
    expect(await readOrder(db, order)).toMatchObject({ status: 'packing', seq: 3 });
    expect(await readOrder(db, other)).toMatchObject({ status: 'accepted', seq: 2 });
  }));
