import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { asActor, asDba, asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { drive } from '../support/drive.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, readOrder, writeMove } from '../support/orders.ts';
import { outcomeOf, tryOut } from '../support/outcome.ts';
import { deadBooking, deadValidation, letterOf } from './letters.ts';
import { backendOf, committed, untilBlocked } from '../support/parallel.ts';
import { claim, fail, mustClaim, readEffect, recordValidation } from '../support/pipeline.ts';
import { count, one, rows, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

const retry = (db: Db, letter: string) =>
  db.query('select app_public.retry_dead_letter($1)', [letter]);
const resolve = (db: Db, letter: string, note: string | null = 'Booked by phone.') =>
  db.query('select app_public.resolve_dead_letter($1, $2)', [letter, note]);

describe.each([
  ['retried', retry],
  ['resolved', resolve],
])('a dead letter is %s', (_name, settle) => {
  test('by an owner or a manager, not by staff, the system or a carrier: WB003', () =>
    database.withRollback(async (db) => {
      const { letter } = await deadValidation(db, merchant);
      for (const role of ['staff', 'system', 'carrier', 'manager', 'owner'] as const) {
        const { code } = await tryOut(db, async () => {
          await (role === 'system' || role === 'carrier'
            ? asActor(db, merchant, role)
            : asMember(db, merchant, role));
          await settle(db, letter);
        });
        const allowed = role === 'owner' || role === 'manager';
        expect({ role, code }).toEqual({ role, code: allowed ? 'ok' : 'WB003' });
      }
    }));

  test('once: then it is no open dead letter any more, WB007', () =>
    database.withRollback(async (db) => {
      const { letter } = await deadValidation(db, merchant);
      await asMember(db, merchant, 'manager');
      await settle(db, letter);
      expect((await outcomeOf(settle(db, letter))).code).toBe('WB007');
    }));

  test('and the attention that it raised is cleared, by whom is on record', () =>
    database.withRollback(async (db) => {
      const { order, letter } = await deadValidation(db, merchant);
      await asMember(db, merchant, 'manager');
      await settle(db, letter);
      expect((await readOrder(db, order)).attention).toBeNull();
      const settled = await one<{ resolved_by: string; resolved_at: Date | null }>(
        db,
        'select resolved_by, resolved_at from app_public.dead_letters where id = $1',
        [letter],
      );
      expect(settled.resolved_by).toBe(String(merchant.manager));
      expect(settled.resolved_at).not.toBeNull();
    }));
});

test('a retry begins with the first attempt, at once, and may succeed', () =>
  database.withRollback(async (db) => {
    const { order, letter } = await deadValidation(db, merchant);
    expect(await claim(db, merchant, order, 'validate_order')).toBeNull();
    await asMember(db, merchant, 'owner');
    await retry(db, letter);
    await asDba(db);
    const { effect } = await mustClaim(db, merchant, order, 'validate_order');
    expect(effect.attempts).toBe(1);
    await recordValidation(db, merchant, order, effect.epoch);
    expect((await readOrder(db, order)).status).toBe('validated');
  }));

test('a retry that fails again is a second dead letter', () =>
  database.withRollback(async (db) => {
    const { order, letter } = await deadValidation(db, merchant);
    await asMember(db, merchant, 'owner');
    await retry(db, letter);
    await asDba(db);
    const { effect } = await mustClaim(db, merchant, order, 'validate_order');
    expect(await fail(db, effect, { outcome: 'refused' })).toBe('dead');
    expect(await letterOf(db, order)).not.toBe(letter);
    expect((await readOrder(db, order)).attention).toBe('BUSY');
  }));

test('a booking that was sent once is looked up before it is sent again', () =>
  database.withRollback(async (db) => {
    const { shipment, letter } = await deadBooking(db, merchant);
    await asMember(db, merchant, 'owner');
    await retry(db, letter);
    await asDba(db);
    const { effect } = await mustClaim(db, merchant, shipment, 'book_shipment');
    expect(effect).toMatchObject({ found_sending: true, status: 'sending' });
  }));

test('a booking of an order that was cancelled meanwhile is not sent again', () =>
  database.withRollback(async (db) => {
    const { order, shipment, letter } = await deadBooking(db, merchant);
    await asActor(db, merchant, 'owner');
    await writeMove(db, order, { to: 'cancelled', reason: 'Too slow.' });
    await asMember(db, merchant, 'owner');
    await db.query('savepoint retried');
    expect((await outcomeOf(retry(db, letter))).code).toBe('WB001');
    await db.query('rollback to savepoint retried');
    await resolve(db, letter, 'The order was cancelled.');
    await asDba(db);
    expect(await claim(db, merchant, shipment, 'book_shipment')).toBeNull();
  }));

test('a resolved one stays dead: nothing is sent', () =>
  database.withRollback(async (db) => {
    const { order, letter } = await deadValidation(db, merchant);
    await asMember(db, merchant, 'owner');
    await resolve(db, letter);
    await asDba(db);
    expect(await readEffect(db, order, 'validate_order')).toMatchObject({ status: 'dead' });
    const resolution = 'select resolution as value from app_public.dead_letters where id = $1';
    expect(await value(db, resolution, [letter])).toBe('Booked by phone.');
  }));

test.each([null, '', '  '])('the note %j resolves nothing: WB004', (note) =>
  database.withRollback(async (db) => {
    const { letter } = await deadValidation(db, merchant);
    await asMember(db, merchant, 'owner');
    const outcome = await outcomeOf(resolve(db, letter, note));
    expect(outcome).toMatchObject({ code: 'WB004', facts: { field: 'note' } });
  }),
);

/** An order with two open dead letters. */
async function twoDeadLetters(db: Db): Promise<{ order: string; letters: string[] }> {
  const order = await placeOrder(db, merchant, 'automated');
  await drive(db, merchant, order, 'dispatched');
  for (const kind of ['message_packed', 'message_shipped']) {
    const { effect } = await mustClaim(db, merchant, order, kind);
    await fail(db, effect, { outcome: 'refused' });
  }
  const sql = 'select id from app_public.dead_letters where order_id = $1 order by id';
  const letters = await rows<{ id: string }>(db, sql, [order]);
  return { order, letters: letters.map(({ id }) => id) };
}

test('attention stays until the last of an order is settled', () =>
  database.withRollback(async (db) => {
    const { order, letters } = await twoDeadLetters(db);
    await asMember(db, merchant, 'owner');
    await resolve(db, letters[0] ?? '');
    expect((await readOrder(db, order)).attention).not.toBeNull();
    await resolve(db, letters[1] ?? '');
    expect((await readOrder(db, order)).attention).toBeNull();
  }));

test('attention is cleared also when the last two are settled at the same moment', async () => {
  const { order, letters } = await twoDeadLetters(database.pool);
  const [first, second] = [await database.connect(), await database.connect()];
  await first.query('begin');
  await asMember(first, merchant, 'owner');
  await resolve(first, letters[0] ?? '');
  const backend = await backendOf(second);
  const late = committed(second, async () => {
    await asMember(second, merchant, 'manager');
    await resolve(second, letters[1] ?? '');
  });
  await Promise.race([late, untilBlocked(database.pool, backend)]);
  await first.query('commit');
  await late;
  expect(await count(database.pool, 'app_public.dead_letters where resolved_at is null')).toBe(0);
  expect((await readOrder(database.pool, order)).attention).toBeNull();
});

test('a retry that is asked for twice under one key is one retry', () =>
  database.withRollback(async (db) => {
    const { order, letter } = await deadValidation(db, merchant);
    const retryUnderKey = async () => {
      await asMember(db, merchant, 'owner');
      await db.query(`select app_public.retry_dead_letter($1, 'a key')`, [letter]);
      await asDba(db);
    };
    await retryUnderKey();
    const { effect } = await mustClaim(db, merchant, order, 'validate_order');
    await fail(db, effect, { outcome: 'refused' });
    await retryUnderKey();
    // The second letter of this effect is still open: it waits for a decision of its own.
    expect(await readEffect(db, order, 'validate_order')).toMatchObject({ status: 'dead' });
    expect(await letterOf(db, order)).not.toBe(letter);
  }));

test('attention for another reason stays when the last dead letter is settled', () =>
  database.withRollback(async (db) => {
    const { order, letter } = await deadValidation(db, merchant);
    await asActor(db, merchant, 'system');
    await db.query(
      `insert into app_public.order_events (order_id, type, reason, inputs)
       values ($1, 'attention_raised', 'The carrier lost a parcel.', '{"code": "PARCEL_LOST"}')`,
      [order],
    );
    await asMember(db, merchant, 'owner');
    await resolve(db, letter);
    expect((await readOrder(db, order)).attention).toBe('PARCEL_LOST');
  }));

test('of a retry and a cancellation at the same moment the later one finds what the first did', async () => {
  const { order, shipment, letter } = await deadBooking(database.pool, merchant);
  const [first, second] = [await database.connect(), await database.connect()];
  await first.query('begin');
  await asActor(first, merchant, 'owner');
  await writeMove(first, order, { to: 'cancelled', reason: 'Too slow.' });
  const backend = await backendOf(second);
  const late = outcomeOf(
    committed(second, async () => {
      await asMember(second, merchant, 'manager');
      await retry(second, letter);
    }),
  );
  await Promise.race([late, untilBlocked(database.pool, backend)]);
  await first.query('commit');
  expect((await late).code).toBe('WB001');
  expect(await claim(database.pool, merchant, shipment, 'book_shipment')).toBeNull();
});
