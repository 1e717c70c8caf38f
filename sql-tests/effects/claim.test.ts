import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { asWorker } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { drive } from '../support/drive.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, readOrder } from '../support/orders.ts';
import { tally } from '../support/outcome.ts';
import { inParallel } from '../support/parallel.ts';
import {
  claim,
  fail,
  mustClaim,
  newAwb,
  readEffect,
  recordAssignment,
  recordBooking,
  recordLabel,
  recordValidation,
  refillPool,
  shipmentOf,
} from '../support/pipeline.ts';
import { count, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

/** As if the claimer had been silent for longer than its lease. */
async function endLease(db: Db, subject: string, kind: string): Promise<void> {
  await db.query(
    `update app_public.effects set leased_until = clock_timestamp() - interval '1 second'
     where subject_id = $1 and kind = $2`,
    [subject, kind],
  );
}

test('of many workers that claim the same effect one gets it', async () => {
  const order = await placeOrder(database.pool, merchant, 'automated');
  const answers: string[] = [];
  await inParallel(database, 20, 60, async (db, at) => {
    const claimed = await claim(db, merchant, order, 'validate_order', `worker-${at}`);
    answers.push(claimed === null ? 'nothing' : 'claimed');
  });
  expect(tally(answers)).toEqual({ claimed: 1, nothing: 59 });
  expect(await readEffect(database.pool, order, 'validate_order')).toMatchObject({
    epoch: 1,
    attempts: 1,
  });
});

test('a claim reads its own effect and no other, however many wait, also by a plan of emptier days', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    const effectsRead = async () => {
      const sql = `select idx_tup_fetch::integer as value from pg_stat_xact_user_tables
        where relid = 'app_public.effects'::regclass`;
      const before = await value<number>(db, sql);
      await db.query('savepoint unclaimed');
      await mustClaim(db, merchant, order, 'validate_order');
      const after = await value<number>(db, sql);
      await db.query('rollback to unclaimed');
      return after - before;
    };
    for (let at = 0; at < 8; at += 1) await effectsRead();
    const alone = await effectsRead();
    expect(alone).toBeGreaterThan(0);
    await db.query('set local session_replication_role = replica');
    await db.query(
      `insert into app_public.effects
         select (jsonb_populate_record(e, jsonb_build_object('subject_id', gen_random_uuid()))).*
         from app_public.effects e, generate_series(1, 2000)
         where e.subject_id = $1 and e.kind = 'validate_order'`,
      [order],
    );
    await db.query('set local session_replication_role = origin');
    expect(await effectsRead()).toBe(alone);
  }));

test('a claim has all that the task needs, and a lease that outlasts the call', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    await asWorker(db);
    const claimed = await mustClaim(db, merchant, order, 'validate_order', 'worker-7');
    expect(claimed).toMatchObject({
      effect: { kind: 'validate_order', epoch: 1, leased_by: 'worker-7', found_sending: false },
      policy: { task: 'validate_order', timeout_ms: 5000 },
      context: { order: { id: order, contact: { version: 1, phone: '98470 12345' } } },
    });
  }));

test('an effect is not claimed before it is due, nor after it is done', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    const { effect } = await mustClaim(db, merchant, order, 'validate_order');
    expect(await fail(db, effect, { outcome: 'transient' })).toBe('retry');
    expect(await claim(db, merchant, order, 'validate_order')).toBeNull();
    await db.query('update app_public.effects set due_at = clock_timestamp()');
    const again = await mustClaim(db, merchant, order, 'validate_order');
    await recordValidation(db, merchant, order, again.effect.epoch);
    expect(await claim(db, merchant, order, 'validate_order')).toBeNull();
  }));

test('another merchant number claims nothing', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    const stranger = { ...merchant, id: merchant.id + 1 };
    expect(await claim(db, stranger, order, 'validate_order')).toBeNull();
  }));

test('a claim whose lease has ended is taken over under the next epoch', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    await mustClaim(db, merchant, order, 'validate_order', 'worker-1');
    expect(await claim(db, merchant, order, 'validate_order', 'worker-2')).toBeNull();
    await endLease(db, order, 'validate_order');
    const { effect } = await mustClaim(db, merchant, order, 'validate_order', 'worker-2');
    expect(effect).toMatchObject({ epoch: 2, attempts: 2, leased_by: 'worker-2' });
  }));

describe('whoever was taken over from records nothing', () => {
  const kinds: [
    kind: string,
    before: string,
    record: (db: Db, subject: string, epoch: number) => Promise<boolean>,
  ][] = [
    ['validate_order', 'received', (db, id, epoch) => recordValidation(db, merchant, id, epoch)],
    ['assign_order', 'validated', (db, id, epoch) => recordAssignment(db, merchant, id, epoch)],
    [
      'book_shipment',
      'assigned',
      (db, id, epoch) => recordBooking(db, merchant, id, epoch, newAwb()),
    ],
  ];

  test.each(kinds)('of %s', (kind, status, record) =>
    database.withRollback(async (db) => {
      const order = await placeOrder(db, merchant, 'automated');
      await drive(db, merchant, order, status);
      const subject = kind === 'book_shipment' ? (await shipmentOf(db, order)).id : order;
      const { effect: first } = await mustClaim(db, merchant, subject, kind, 'slow');
      await endLease(db, subject, kind);
      const { effect: second } = await mustClaim(db, merchant, subject, kind, 'quick');
      const before = await readOrder(db, order);
      expect(await record(db, subject, first.epoch)).toBe(false);
      expect(await fail(db, first, { outcome: 'refused' })).toBe('fenced');
      expect(await readOrder(db, order)).toEqual(before);
      expect(await readEffect(db, subject, kind)).toMatchObject({
        epoch: second.epoch,
        leased_by: 'quick',
      });
      expect(await record(db, subject, second.epoch)).toBe(true);
      expect(await record(db, subject, second.epoch)).toBe(false);
    }),
  );

  test('of a label: no second PDF, no second event', () =>
    database.withRollback(async (db) => {
      const order = await placeOrder(db, merchant, 'automated');
      await drive(db, merchant, order, 'labelled');
      const { id } = await shipmentOf(db, order);
      const { seq } = await readOrder(db, order);
      expect(await recordLabel(db, merchant, id, 1)).toBe(false);
      expect((await readOrder(db, order)).seq).toBe(seq);
      expect(await count(db, 'app_private.labels where shipment_id = $1', [id])).toBe(1);
    }));
});

test('of two workers that record the same epoch at once one does', async () => {
  const order = await placeOrder(database.pool, merchant, 'automated');
  const { effect } = await mustClaim(database.pool, merchant, order, 'validate_order');
  const answers: string[] = [];
  const codes = await inParallel(database, 10, 20, async (db) => {
    answers.push(String(await recordValidation(db, merchant, order, effect.epoch)));
  });
  expect(tally(codes)).toEqual({ ok: 20 });
  expect(tally(answers)).toEqual({ true: 1, false: 19 });
  expect(await readOrder(database.pool, order)).toMatchObject({ status: 'validated', seq: 2 });
});

test('a booking that was sent is found as sending by whoever takes over, with its number', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    await drive(db, merchant, order, 'assigned');
    const { id } = await shipmentOf(db, order);
    const { effect } = await mustClaim(db, merchant, id, 'book_shipment', 'crashes');
    const awb = newAwb();
    expect(await refillPool(db, merchant, id, effect.epoch, [awb])).toBe(awb);
    await endLease(db, id, 'book_shipment');
    const next = await mustClaim(db, merchant, id, 'book_shipment', 'next');
    expect(next.effect).toMatchObject({
      found_sending: true,
      status: 'sending',
      reserved_number: awb,
      reference: effect.reference,
    });
  }));

test('what an attempt remembers is kept for the next one, by the holder of the claim only', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    await drive(db, merchant, order, 'assigned');
    const { id } = await shipmentOf(db, order);
    const { effect } = await mustClaim(db, merchant, id, 'book_shipment');
    await refillPool(db, merchant, id, effect.epoch, [newAwb()]);
    const remember = (epoch: number) =>
      value<boolean>(db, 'select app_private.remember_booking($1, $2, $3, $4) as value', [
        merchant.id,
        id,
        epoch,
        { round: 2 },
      ]);
    expect(await remember(effect.epoch)).toBe(true);
    expect(await remember(effect.epoch - 1)).toBe(false);
    await endLease(db, id, 'book_shipment');
    const next = await mustClaim(db, merchant, id, 'book_shipment');
    expect(next.effect).toMatchObject({ found_sending: true, memory: { round: 2 } });
  }));
