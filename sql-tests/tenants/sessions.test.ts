import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';

import { asDba, asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { tryOut } from '../support/outcome.ts';
import { rows, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

function openSession(db: Db, member: number): Promise<string> {
  const sql = `select app_private.open_session($1, $2, $3, '30 days', 'Firefox') as value`;
  return value(db, sql, [merchant.id, member, randomBytes(32)]);
}

const standing = (db: Db, member: number, session: string) =>
  rows<{ role: string }>(db, 'select * from app_hidden.session_standing($1, $2, $3)', [
    merchant.id,
    member,
    session,
  ]);

describe('sessions', () => {
  test('are seen and ended by their member alone', () =>
    database.withRollback(async (db) => {
      const mine = await openSession(db, merchant.staff);
      const theirs = await openSession(db, merchant.owner);
      await asMember(db, merchant, 'staff');
      expect(await rows(db, 'select id from app_public.sessions where ended_at is null')).toEqual([
        { id: mine },
      ]);
      const foreign = await tryOut(db, () =>
        db.query('select app_public.end_session($1)', [theirs]),
      );
      expect(foreign.code).toBe('WB007');
      await db.query('select app_public.end_session($1)', [mine]);
      await asDba(db);
      expect(await standing(db, merchant.staff, mine)).toEqual([]);
      expect(await standing(db, merchant.owner, theirs)).toHaveLength(1);
    }));

  test('end everywhere but here, or everywhere', () =>
    database.withRollback(async (db) => {
      const [here, there] = [
        await openSession(db, merchant.staff),
        await openSession(db, merchant.staff),
      ];
      await asMember(db, merchant, 'staff');
      await db.query(`select set_config('jwt.claims.session_id', $1, true)`, [here]);
      await db.query('select app_public.end_all_sessions()');
      await asDba(db);
      expect(await standing(db, merchant.staff, there)).toEqual([]);
      expect(await standing(db, merchant.staff, here)).toHaveLength(1);
      await asMember(db, merchant, 'staff');
      await db.query('select app_public.end_all_sessions(false)');
      await asDba(db);
      expect(await standing(db, merchant.staff, here)).toEqual([]);
    }));

  test('of somebody else do not stand for a member', () =>
    database.withRollback(async (db) => {
      const theirs = await openSession(db, merchant.owner);
      expect(await standing(db, merchant.staff, theirs)).toEqual([]);
    }));
});
