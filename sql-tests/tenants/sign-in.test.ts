import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addTwoMerchants } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { inParallel } from '../support/parallel.ts';
import { count, rows, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;
let other: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ mine: merchant, other } = await addTwoMerchants(database.pool));
  await database.pool.query(
    `insert into app_private.member_passwords (merchant_id, member_id, password_hash)
     select merchant_id, id, '$argon2id$v=19$x' from app_public.members`,
  );
});
afterAll(() => database.drop());

const find = (db: Db, email: string) =>
  rows<{ merchant_id: number; member_id: number; role: string }>(
    db,
    'select merchant_id, member_id, role from app_private.find_sign_in($1)',
    [email],
  );

async function issue(db: Db, lifetime = '30 days', member = merchant.owner): Promise<Buffer> {
  const token = randomBytes(32);
  await db.query('select app_private.open_session($1, $2, $3, $4, $5)', [
    merchant.id,
    member,
    token,
    lifetime,
    'Firefox',
  ]);
  return token;
}

const rotate = (db: Db, old: Buffer, next = randomBytes(32)) =>
  rows<{ member_id: number; session_id: string; role: string }>(
    db,
    `select member_id, session_id, role from app_private.rotate_refresh_token($1, $2, '30 days')`,
    [old, next],
  );

/** As if the token had been used so long ago. */
const ageUse = (db: Db, token: Buffer, by: string) =>
  db.query(
    `update app_private.refresh_tokens set used_at = used_at - $2::interval where token_hash = $1`,
    [token, by],
  );

test('a member is found by e-mail in any case, with every merchant they belong to', () =>
  database.withRollback(async (db) => {
    const email = `manager@merchant-${merchant.id}.example`;
    const own = { merchant_id: merchant.id, member_id: merchant.manager, role: 'manager' };
    expect(await find(db, `  ${email.toUpperCase()} `)).toEqual([own]);
    await db.query('update app_public.members set email = $1 where id = $2', [email, other.staff]);
    expect(await find(db, email)).toEqual([
      own,
      { merchant_id: other.id, member_id: other.staff, role: 'staff' },
    ]);
    await db.query('update app_public.members set disabled_at = now() where id = $1', [
      merchant.manager,
    ]);
    expect(await find(db, email)).toHaveLength(1);
    expect(await find(db, 'nobody@example.in')).toEqual([]);
  }));

describe('a refresh token', () => {
  test('is swapped once; used twice, its session ends', () =>
    database.withRollback(async (db) => {
      const first = await issue(db);
      const second = randomBytes(32);
      expect(await rotate(db, first, second)).toMatchObject([{ member_id: merchant.owner }]);
      expect(await rotate(db, first)).toEqual([]);
      expect(await rotate(db, second)).toEqual([]);
    }));

  test('of which the answer was lost gives the same next one again, for ten seconds', () =>
    database.withRollback(async (db) => {
      const first = await issue(db);
      const second = randomBytes(32);
      const [session] = await rotate(db, first, second);
      expect(await rotate(db, first, second)).toEqual([session]);
      await ageUse(db, first, '11 seconds');
      expect(await rotate(db, first, second)).toEqual([]);
      expect(await rotate(db, second)).toEqual([]);
    }));

  test('is not forgiven once the next one was used: somebody else goes on with the session', () =>
    database.withRollback(async (db) => {
      const [first, second, third] = [await issue(db), randomBytes(32), randomBytes(32)];
      await rotate(db, first, second);
      expect(await rotate(db, second, third)).toHaveLength(1);
      expect(await rotate(db, first, second)).toEqual([]);
      expect(await rotate(db, third)).toEqual([]);
    }));

  test('in two uses at once that do not agree has one winner, and then none', async () => {
    const token = await issue(database.pool);
    const won: Buffer[] = [];
    await inParallel(database, 8, 16, async (db) => {
      const next = randomBytes(32);
      if ((await rotate(db, token, next)).length === 1) won.push(next);
    });
    expect(won).toHaveLength(1);
    expect(await rotate(database.pool, won[0] ?? token)).toEqual([]);
  });

  test('in many uses at once that agree gives all of them one session and one next token', async () => {
    const [token, next] = [await issue(database.pool), randomBytes(32)];
    const sessions = new Set<string | undefined>();
    await inParallel(database, 8, 16, async (db) => {
      sessions.add((await rotate(db, token, next))[0]?.session_id);
    });
    expect(sessions.size).toBe(1);
    expect(sessions).not.toContain(undefined);
    expect(await rotate(database.pool, next)).toHaveLength(1);
  });

  test("that has expired, is unknown, was signed out or is a disabled member's is worth nothing", () =>
    database.withRollback(async (db) => {
      expect(await rotate(db, await issue(db, '-1 second'))).toEqual([]);
      expect(await rotate(db, randomBytes(32))).toEqual([]);
      const out = await issue(db);
      await db.query('select app_private.sign_out($1)', [out]);
      expect(await rotate(db, out)).toEqual([]);
      const token = await issue(db, '30 days', merchant.staff);
      await db.query('update app_public.members set disabled_at = now() where id = $1', [
        merchant.staff,
      ]);
      expect(await rotate(db, token)).toEqual([]);
      expect(await rotate(db, await issue(db, '30 days', merchant.staff))).toEqual([]);
    }));

  test('gives the role that the member has now', () =>
    database.withRollback(async (db) => {
      const token = await issue(db, '30 days', merchant.staff);
      await db.query(`update app_public.members set role = 'manager' where id = $1`, [
        merchant.staff,
      ]);
      expect(await rotate(db, token)).toMatchObject([{ role: 'manager' }]);
    }));
});

describe('a device', () => {
  const remember = (db: Db, member: number, brought: Buffer | null, next: Buffer) =>
    value<boolean>(
      db,
      'select app_private.remember_device($1, $2, gen_random_uuid(), $3, $4) as value',
      [merchant.id, member, brought, next],
    );
  const known = (db: Db, email: string, device: Buffer) =>
    value<boolean>(
      db,
      `select known_device as value from app_private.admit_sign_in($1, $2, '{}')`,
      [email, device],
    );

  test('is known for those who have signed in on it, and keeps one token for all of them', () =>
    database.withRollback(async (db) => {
      const token = randomBytes(32);
      const [owner, staff] = ['owner', 'staff'].map((r) => `${r}@merchant-${merchant.id}.example`);
      expect(await known(db, owner ?? '', token)).toBe(false);
      expect(await remember(db, merchant.owner, null, token)).toBe(false);
      expect(await known(db, owner ?? '', token)).toBe(true);
      expect(await known(db, staff ?? '', token)).toBe(false);
      expect(await remember(db, merchant.staff, token, randomBytes(32))).toBe(true);
      expect(await known(db, staff ?? '', token)).toBe(true);
    }));

  test('cannot bring a token of its own making', () =>
    database.withRollback(async (db) => {
      const planted = randomBytes(32);
      expect(await remember(db, merchant.owner, planted, randomBytes(32))).toBe(false);
      expect(await known(db, `owner@merchant-${merchant.id}.example`, planted)).toBe(false);
    }));

  test('of a member are twenty at most: the one not used for longest is forgotten', () =>
    database.withRollback(async (db) => {
      for (let i = 0; i < 25; i += 1) await remember(db, merchant.owner, null, randomBytes(32));
      expect(await count(db, 'app_private.member_devices')).toBe(20);
    }));
});
