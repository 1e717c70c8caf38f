import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder } from '../support/orders.ts';
import { committed } from '../support/parallel.ts';
import { claim, fail, mustClaim, readEffect, recordValidation } from '../support/pipeline.ts';
import { count, rows, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

const sweep = (db: Db, batch = 500) =>
  value<number>(db, 'select app_private.sweep_effects($1) as value', [batch]);
const jobs = (db: Db) => count(db, 'graphile_worker._private_jobs');

const makeDue = (db: Db, order: string) =>
  db.query(
    `update app_public.effects set due_at = clock_timestamp(), sweep_at = clock_timestamp()
     where subject_id = $1`,
    [order],
  );

test('an effect without a live job gets one: the same as the dispatcher would have added', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    expect(await sweep(db)).toBe(0);
    await makeDue(db, order);
    expect(await sweep(db)).toBe(1);
    const added = await rows(
      db,
      `select t.identifier as task, j.payload
       from graphile_worker._private_jobs j
       join graphile_worker._private_tasks t on t.id = j.task_id`,
    );
    const payload = { merchantId: merchant.id, subjectId: order, kind: 'validate_order' };
    expect(added).toEqual([{ task: 'validate_order', payload }]);
  }));

test('it is swept once a minute, and a backlog grows no duplicates', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    for (let minute = 1; minute <= 5; minute += 1) {
      await makeDue(db, order);
      expect(await sweep(db)).toBe(1);
      expect(await sweep(db)).toBe(0);
    }
    expect(await jobs(db)).toBe(1);
  }));

test('in a backlog of minutes it keeps its place: being swept again does not send it to the end', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    await makeDue(db, order);
    await sweep(db);
    await db.query(
      `update graphile_worker._private_jobs set run_at = now() - interval '5 minutes'`,
    );
    await makeDue(db, order);
    expect(await sweep(db)).toBe(1);
    const waits = await value<boolean>(
      db,
      `select run_at < now() - interval '4 minutes' as value from graphile_worker._private_jobs`,
    );
    expect(waits).toBe(true);
  }));

test('a claimed effect is not swept while its lease runs, and is after', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    await mustClaim(db, merchant, order, 'validate_order');
    const { leased_until, sweep_at } = await readEffect(db, order, 'validate_order');
    expect(await sweep(db)).toBe(0);
    expect(Math.abs(Number(sweep_at) - Number(leased_until))).toBeLessThan(100);
  }));

test('a retry is swept when it is due', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    const { effect } = await mustClaim(db, merchant, order, 'validate_order');
    await fail(db, effect, { outcome: 'transient', retryAfterMs: 60_000 });
    expect(await sweep(db)).toBe(0);
    const { due_at, sweep_at } = await readEffect(db, order, 'validate_order');
    expect(sweep_at).toEqual(due_at);
  }));

test('what is confirmed or dead is swept never again', () =>
  database.withRollback(async (db) => {
    const [done, dead] = [
      await placeOrder(db, merchant, 'automated'),
      await placeOrder(db, merchant, 'automated'),
    ];
    const first = await mustClaim(db, merchant, done, 'validate_order');
    await recordValidation(db, merchant, done, first.effect.epoch, [{ code: 'x', reason: 'x' }]);
    const second = await mustClaim(db, merchant, dead, 'validate_order');
    await fail(db, second.effect, { outcome: 'refused' });
    expect((await readEffect(db, done, 'validate_order')).sweep_at).toBeNull();
    expect((await readEffect(db, dead, 'validate_order')).sweep_at).toBeNull();
  }));

// The job that is there already makes the task known; else the second would wait for the first.
test('two sweepers at once share the work and add each job once', async () => {
  await database.pool.query(`select graphile_worker.add_job('validate_order', '{}')`);
  const orders = [];
  for (let n = 0; n < 20; n += 1) {
    orders.push(await placeOrder(database.pool, merchant, 'automated'));
  }
  for (const order of orders) await makeDue(database.pool, order);
  const [first, second] = [await database.connect(), await database.connect()];
  await first.query('begin');
  const taken = await sweep(first, 8);
  const left = await committed(second, () => sweep(second));
  await first.query('commit');
  expect([taken, left]).toEqual([8, 12]);
  expect(await jobs(database.pool)).toBe(21);
});

test('the supervisor frees at once what a dead worker held', () =>
  database.withRollback(async (db) => {
    const held = await placeOrder(db, merchant, 'automated');
    const others = await placeOrder(db, merchant, 'automated');
    await mustClaim(db, merchant, held, 'validate_order', 'pool-dead');
    await mustClaim(db, merchant, others, 'validate_order', 'pool-alive');
    const released = await value(db, `select app_private.release_worker('pool-dead') as value`);
    expect(released).toBe(1);
    expect(await sweep(db)).toBe(1);
    expect(await claim(db, merchant, others, 'validate_order')).toBeNull();
    const { effect } = await mustClaim(db, merchant, held, 'validate_order', 'pool-next');
    expect(effect.epoch).toBe(2);
    expect(await recordValidation(db, merchant, held, 1)).toBe(false);
  }));

test('its locked jobs are free again too', () =>
  database.withRollback(async (db) => {
    await db.query(`select graphile_worker.add_job('validate_order', '{}')`);
    await db.query(
      `update graphile_worker._private_jobs set locked_by = 'pool-dead', locked_at = now()`,
    );
    await db.query(`select app_private.release_worker('pool-dead')`);
    expect(await count(db, 'graphile_worker._private_jobs where locked_by is not null')).toBe(0);
  }));

test('a worker whose beat stopped for 30 seconds is reaped, a living one is not', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    await mustClaim(db, merchant, order, 'validate_order', 'pool-gone');
    await db.query(`select app_private.beat(array['pool-gone', 'pool-here'])`);
    const reap = () => value<number>(db, 'select app_private.reap_workers() as value');
    expect(await reap()).toBe(0);
    await db.query(
      `update app_private.worker_pools set beat_at = clock_timestamp() - interval '31 seconds'`,
    );
    await db.query(`select app_private.beat(array['pool-here'])`);
    expect(await reap()).toBe(1);
    const left = await rows(db, 'select pool_id from app_private.worker_pools');
    expect(left).toEqual([{ pool_id: 'pool-here' }]);
    await mustClaim(db, merchant, order, 'validate_order', 'pool-here');
  }));
