import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { drive } from '../support/drive.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, readOrder } from '../support/orders.ts';
import {
  fail,
  mustClaim,
  newAwb,
  readEffect,
  refillPool,
  shipmentOf,
} from '../support/pipeline.ts';
import type { Effect } from '../support/pipeline.ts';
import { count, one, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

async function claimed(db: Db): Promise<{ order: string; effect: Effect }> {
  const order = await placeOrder(db, merchant, 'automated');
  return { order, effect: (await mustClaim(db, merchant, order, 'validate_order')).effect };
}

/** Milliseconds from now until the effect is due. */
const dueIn = (db: Db, subject: string, kind: string) =>
  value<number>(
    db,
    `select extract(epoch from due_at - clock_timestamp())::float8 * 1000 as value
     from app_public.effects where subject_id = $1 and kind = $2`,
    [subject, kind],
  );

/** A booking that was handed to the carrier. */
async function sent(db: Db): Promise<{ order: string; effect: Effect }> {
  const order = await placeOrder(db, merchant, 'automated');
  await drive(db, merchant, order, 'assigned');
  const { id } = await shipmentOf(db, order);
  const { effect } = await mustClaim(db, merchant, id, 'book_shipment');
  await refillPool(db, merchant, id, effect.epoch, [newAwb()]);
  return { order, effect };
}

test('the back-off doubles from base to cap, with jitter over its upper half', async () => {
  const policy = 'select k from app_public.effect_kinds k where k.kind = $1';
  for (const kind of ['validate_order', 'book_shipment', 'message_shipped']) {
    const { base, cap } = await one<{ base: number; cap: number }>(
      database.pool,
      `select backoff_base_ms as base, backoff_cap_ms as cap from app_public.effect_kinds
       where kind = $1`,
      [kind],
    );
    for (const attempts of [1, 2, 3, 6, 10, 1000]) {
      const { low, high } = await one<{ low: number; high: number }>(
        database.pool,
        `select min(ms) as low, max(ms) as high
         from (select app_hidden.backoff_ms((${policy}), $2, null) as ms
               from generate_series(1, 200)) s`,
        [kind, attempts],
      );
      const full = Math.min(cap, base * 2 ** Math.min(attempts - 1, 20));
      expect(low).toBeGreaterThanOrEqual(full / 2);
      expect(high).toBeLessThanOrEqual(full);
      expect(high - low).toBeGreaterThan(full / 8);
    }
  }
});

test('it is never sooner than the service asked', async () => {
  const asked = await value<number>(
    database.pool,
    `select app_hidden.backoff_ms(k, 1, 120000) as value from app_public.effect_kinds k
     where kind = 'book_shipment'`,
  );
  expect(asked).toBe(120_000);
});

test('a passing failure goes back to intent, due later each time', () =>
  database.withRollback(async (db) => {
    const { order, effect } = await claimed(db);
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      const held = { ...effect, epoch: attempt };
      expect(await fail(db, held, { outcome: 'transient', code: 'HTTP_503' })).toBe('retry');
      expect(await readEffect(db, order, 'validate_order')).toMatchObject({
        status: 'intent',
        attempts: attempt,
        leased_by: null,
        leased_until: null,
        error_code: 'HTTP_503',
      });
      const due = await dueIn(db, order, 'validate_order');
      const full = 500 * 2 ** (attempt - 1);
      expect(due).toBeLessThanOrEqual(full);
      expect(due).toBeGreaterThan(full / 2 - 100);
      await db.query('update app_public.effects set due_at = clock_timestamp()');
      await mustClaim(db, merchant, order, 'validate_order');
    }
    expect((await readOrder(db, order)).attention).toBeNull();
  }));

test('after an unknown outcome a booking stays sending, under its number', () =>
  database.withRollback(async (db) => {
    const { effect } = await sent(db);
    expect(await fail(db, effect, { outcome: 'unknown', code: 'TIMEOUT' })).toBe('retry');
    const after = await readEffect(db, effect.subject_id, 'book_shipment');
    expect(after).toMatchObject({ status: 'sending', leased_by: null });
    expect(after.reserved_number).not.toBeNull();
    expect(after.sweep_at).toEqual(after.due_at);
  }));

test('after a clear failure it goes back to intent and keeps its number for the next try', () =>
  database.withRollback(async (db) => {
    const { effect } = await sent(db);
    await fail(db, effect, { outcome: 'transient' });
    const after = await readEffect(db, effect.subject_id, 'book_shipment');
    expect(after.status).toBe('intent');
    await db.query('update app_public.effects set due_at = clock_timestamp()');
    const again = await mustClaim(db, merchant, effect.subject_id, 'book_shipment');
    expect(again.effect).toMatchObject({
      status: 'sending',
      found_sending: false,
      reserved_number: after.reserved_number,
    });
  }));

test('a refusal is a dead letter at once, and the order asks for a human', () =>
  database.withRollback(async (db) => {
    const { order, effect } = await sent(db);
    const refusal = { outcome: 'refused', code: 'BAD_PINCODE', message: 'Not served.' };
    expect(await fail(db, effect, refusal)).toBe('dead');
    expect(await readEffect(db, effect.subject_id, 'book_shipment')).toMatchObject({
      status: 'dead',
      sweep_at: null,
      leased_by: null,
      error_code: 'BAD_PINCODE',
    });
    const letter = await one(
      db,
      `select effect_kind, order_id, error_code, error_message, attempts, resolved_at
       from app_public.dead_letters where subject_id = $1`,
      [effect.subject_id],
    );
    expect(letter).toEqual({
      effect_kind: 'book_shipment',
      order_id: order,
      error_code: 'BAD_PINCODE',
      error_message: 'Not served.',
      attempts: 1,
      resolved_at: null,
    });
    expect(await readOrder(db, order)).toMatchObject({
      status: 'assigned',
      attention: 'BAD_PINCODE',
      attention_reason: 'Not served.',
    });
  }));

test('an effect that used up its attempts is a dead letter', () =>
  database.withRollback(async (db) => {
    const { order, effect } = await claimed(db);
    await db.query('update app_public.effects set attempts = 7 where subject_id = $1', [order]);
    expect(await fail(db, effect, { outcome: 'transient' })).toBe('retry');
    await db.query('update app_public.effects set due_at = clock_timestamp()');
    const last = await mustClaim(db, merchant, order, 'validate_order');
    expect(last.effect.attempts).toBe(8);
    expect(await fail(db, last.effect, { outcome: 'transient' })).toBe('dead');
    expect(await count(db, 'app_public.dead_letters')).toBe(1);
  }));

test('a message with an unknown outcome is left alone while its report may come, then dead', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    await drive(db, merchant, order, 'dispatched');
    const { effect } = await mustClaim(db, merchant, order, 'message_shipped');
    expect(effect.status).toBe('sending');
    expect(await fail(db, effect, { outcome: 'unknown' })).toBe('retry');
    expect(await readEffect(db, order, 'message_shipped')).toMatchObject({ status: 'sending' });
    expect(await dueIn(db, order, 'message_shipped')).toBeGreaterThan(599_000);
    await db.query(
      `update app_public.effects set due_at = clock_timestamp(),
         sent_at = sent_at - interval '11 minutes' where kind = 'message_shipped'`,
    );
    const again = await mustClaim(db, merchant, order, 'message_shipped');
    expect(again.effect.found_sending).toBe(true);
    expect(await fail(db, again.effect, { outcome: 'unknown' })).toBe('dead');
  }));
