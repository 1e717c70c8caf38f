import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { asMember } from '../support/acting.ts';
import type { MemberRole } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addTwoMerchants } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { codeOf, outcomeOf } from '../support/outcome.ts';
import { one, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';

let database: TestDatabase;
let mine: Merchant;
let other: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ mine, other } = await addTwoMerchants(database.pool));
});
afterAll(() => database.drop());

const pickupTimes = (db: Db, location: number, cutoff: string | null, weekdays: number[] | null) =>
  one<{ pickup_cutoff_at: string; pickup_weekdays: number[] }>(
    db,
    'select pickup_cutoff_at, pickup_weekdays from app_public.set_carrier_pickup_times($1, $2, $3)',
    [location, cutoff, weekdays],
  );

const digest = (db: Db, at: string | null) =>
  value<string | null>(db, 'select morning_at as value from app_public.set_morning_digest($1)', [
    at,
  ]);

test('a location has its carriers come when it says, and what is left out stays', () =>
  database.withRollback(async (db) => {
    await asMember(db, mine, 'manager');
    expect(await pickupTimes(db, mine.location, '11:30', null)).toEqual({
      pickup_cutoff_at: '11:30:00',
      pickup_weekdays: [1, 2, 3, 4, 5, 6],
    });
    expect(await pickupTimes(db, mine.location, null, [7, 1, 1])).toEqual({
      pickup_cutoff_at: '11:30:00',
      pickup_weekdays: [1, 7],
    });
    // Monday 2026-11-23 at noon in Kochi is after the cut-off: next is Sunday.
    await db.query('reset role');
    const next = await value(
      db,
      `select app_hidden.next_pickup_on($1, $2, '2026-11-23T12:00+05:30')::text as value`,
      [mine.id, mine.location],
    );
    expect(next).toBe('2026-11-29');
  }));

test('the digest of the morning is moved, and switched off', () =>
  database.withRollback(async (db) => {
    await asMember(db, mine, 'owner');
    expect(await digest(db, '06:45')).toBe('06:45:00');
    expect(await digest(db, null)).toBeNull();
    await db.query('reset role');
    await db.query(`select app_private.plan_digests('2026-03-04 23:00+05:30')`);
    const planned = await value<number>(
      db,
      'select count(*)::integer as value from app_public.dead_letter_digests where merchant_id = $1',
      [mine.id],
    );
    expect(planned).toBe(0);
  }));

test.each<[string, (db: Db) => Promise<unknown>, string]>([
  ['a 25th hour', (db) => pickupTimes(db, mine.location, '25:00', null), 'cutoffAt'],
  ['no time', (db) => pickupTimes(db, mine.location, '', null), 'cutoffAt'],
  ['an eighth day', (db) => pickupTimes(db, mine.location, null, [1, 8]), 'weekdays'],
  ['no day at all', (db) => pickupTimes(db, mine.location, null, []), 'weekdays'],
  ['a morning in words', (db) => digest(db, 'at eight'), 'morningAt'],
])('%s is refused by its field', (_name, change, field) =>
  database.withRollback(async (db) => {
    await asMember(db, mine, 'owner');
    const { code, facts } = await outcomeOf(change(db));
    expect({ code, facts }).toEqual({ code: 'WB004', facts: { field } });
  }),
);

test.each<[MemberRole, string]>([
  ['owner', 'ok'],
  ['manager', 'ok'],
  ['staff', 'WB003'],
])('they are for owners and managers to say: %s %s', (role, code) =>
  database.withRollback(async (db) => {
    await asMember(db, mine, role);
    const tried = [() => pickupTimes(db, mine.location, '12:00', null), () => digest(db, '07:00')];
    for (const change of tried) {
      await db.query('savepoint before');
      expect(await codeOf(change())).toBe(code);
      await db.query('rollback to savepoint before');
    }
  }),
);

test('the location of another merchant is not there', () =>
  database.withRollback(async (db) => {
    await asMember(db, mine, 'owner');
    const { code, facts } = await outcomeOf(pickupTimes(db, other.location, '12:00', null));
    expect({ code, facts }).toEqual({ code: 'WB007', facts: { field: 'locationId' } });
  }));
