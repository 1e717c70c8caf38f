import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';

import { asDba, asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { drive } from '../support/drive.ts';
import { addTwoMerchants } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, writeMove } from '../support/orders.ts';
import { codeOf, outcomeOf, tryOut } from '../support/outcome.ts';
import { committed } from '../support/parallel.ts';
import { count, one, rows, value } from '../support/query.ts';
import { keepBusy } from './busy.ts';
import { differences } from './folded.ts';

let database: TestDatabase;
let mine: Merchant;
let other: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ mine, other } = await addTwoMerchants(database.pool));
});
afterAll(() => database.drop());

describe('at 50 random moments of a busy run', () => {
  const moments = 50;

  beforeAll(async () => {
    await database.pool.query(
      `create table snapshots as
       select null::timestamptz as moment, o.* from app_public.orders_current o with no data`,
    );
    const busy = keepBusy(database, [mine, other], 6);
    const camera = await database.connect();
    for (let at = 0; at < moments; at += 1) {
      await sleep(Math.random() * 60); // a random moment, not a wait for something
      await takeSnapshot(camera);
    }
    await busy.stop();
  }, 120_000);

  test('the snapshots are of orders on their way, and all different', async () => {
    const seen = await one<{ moments: number; moving: number; states: number }>(
      database.pool,
      `select count(distinct moment)::integer as moments,
         count(*) filter (where status not in ('delivered', 'completed', 'cancelled'))::integer
           as moving,
         count(distinct (status, seq))::integer as states
       from snapshots`,
    );
    expect(seen.moments).toBeGreaterThan(moments - 5); // the first may be of an empty table
    expect(seen.moving).toBeGreaterThan(50);
    expect(seen.states).toBeGreaterThan(20);
  });

  test('orders_as_of tells every order of every store as it was, in every column', async () => {
    expect(
      await differences(
        database.pool,
        'select * from snapshots',
        `select m.moment, o.* from (select distinct moment from snapshots) m
         cross join app_public.stores s cross join lateral app_public.orders_as_of(s.id, m.moment) o`,
      ),
    ).toEqual([]);
  }, 120_000);

  test('order_as_of tells the same of each order', async () => {
    const sample = `(select * from snapshots order by md5(moment::text || id) limit 500)`;
    expect(
      await differences(
        database.pool,
        `select * from ${sample} s`,
        `select s.moment, o.* from ${sample} s
         cross join lateral app_public.order_as_of(s.id, s.moment) o`,
      ),
    ).toEqual([]);
  }, 120_000);
});

/**
 * A moment is well defined when nobody is in the middle of writing: the lock waits for whoever has
 * written an event and not committed, so that every event recorded before it is committed, and
 * every other one is recorded after it. It gives way at once if a writer waits in turn for somebody
 * who waits for it.
 */
async function takeSnapshot(camera: pg.Client): Promise<void> {
  for (;;) {
    const code = await codeOf(
      committed(camera, async () => {
        await camera.query(`set local lock_timeout to '50ms'`);
        await camera.query('lock table app_public.order_events in share mode');
        await camera.query(
          `insert into snapshots
           select m.moment, o.* from (select clock_timestamp() as moment) m, app_public.orders_current o`,
        );
      }),
    );
    if (code === 'ok') return;
    expect(code).toBe('55P03');
  }
}

test('an order is never shown in the middle of a transaction', async () => {
  const client = await database.connect();
  const order = await placeOrder(client, mine, 'shipping');
  await committed(client, async () => {
    await asDba(client);
    for (const to of ['accepted', 'packing']) await writeMove(client, order, { to });
  });
  const events = await rows<{ to_status: string; recorded_at: string }>(
    client,
    `select to_status, recorded_at::text from app_public.order_events
     where order_id = $1 order by seq`,
    [order],
  );
  const seen = [];
  for (const { recorded_at } of events) {
    const sql = 'select status as value from app_public.order_as_of($1, $2)';
    seen.push(await value<string>(client, sql, [order, recorded_at]));
  }
  expect(events.map(({ to_status }) => to_status)).toEqual(['pending', 'accepted', 'packing']);
  expect(seen).toEqual(['pending', 'pending', 'packing']);
});

test('an order that was not placed yet, or never: WB007', async () => {
  const order = await placeOrder(database.pool, mine, 'pickup');
  const before = await outcomeOf(
    database.pool.query(`select app_public.order_as_of($1, now() - interval '1 minute')`, [order]),
  );
  expect(before).toMatchObject({ code: 'WB007', facts: { field: 'orderId' } });
  const never = database.pool.query('select app_public.order_as_of(app_hidden.uuid_v7(), now())');
  expect(await codeOf(never)).toBe('WB007');
});

test('a member sees the past of its own orders and of nobody else', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, mine, 'automated');
    await drive(db, mine, order, 'assigned');
    const theirs = await placeOrder(db, other, 'automated');
    const asOf = 'select status as value from app_public.order_as_of($1, clock_timestamp())';
    await asMember(db, other, 'owner');
    expect(await value(db, asOf, [theirs])).toBe('received');
    expect(await count(db, `app_public.orders_as_of(${other.automated}, 'infinity')`)).not.toBe(0);
    await asMember(db, mine, 'staff');
    expect(await value(db, asOf, [order])).toBe('assigned');
    expect((await tryOut(db, () => db.query(asOf, [theirs]))).code).toBe('WB007');
    expect(await count(db, `app_public.orders_as_of(${mine.automated}, 'infinity')`)).not.toBe(0);
    expect(await count(db, `app_public.orders_as_of(${other.automated}, 'infinity')`)).toBe(0);
  }));

test('a read-only DBA sees the past of every order; without claims the API sees none', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, mine, 'pickup');
    const asOf = 'select status as value from app_public.order_as_of($1, clock_timestamp())';
    await asDba(db);
    await db.query('set local role waybill_readonly');
    expect(await value(db, asOf, [order])).toBe('pending');
    await db.query('set local role waybill_member');
    expect((await tryOut(db, () => db.query(asOf, [order]))).code).toBe('WB007');
  }));
