import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addTwoMerchants } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { inParallel } from '../support/parallel.ts';
import { rows } from '../support/query.ts';
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

async function issue(db: Db, lifetime = '30 days'): Promise<Buffer> {
  const token = randomBytes(32);
  await db.query('select app_private.issue_refresh_token($1, $2, $3, $4, $5)', [
    merchant.id,
    merchant.owner,
    randomUUID(),
    token,
    lifetime,
  ]);
  return token;
}

const rotate = (db: Db, old: Buffer, next = randomBytes(32)) =>
  rows<{ member_id: number }>(
    db,
    `select member_id from app_private.rotate_refresh_token($1, $2, '30 days')`,
    [old, next],
  );

test('a member is found by e-mail in any case, with every merchant they belong to', () =>
  database.withRollback(async (db) => {
    const email = `owner@merchant-${merchant.id}.example`;
    const own = { merchant_id: merchant.id, member_id: merchant.owner, role: 'owner' };
    expect(await find(db, `  ${email.toUpperCase()} `)).toEqual([own]);
    await db.query('update app_public.members set email = $1 where id = $2', [email, other.staff]);
    expect(await find(db, email)).toEqual([
      own,
      { merchant_id: other.id, member_id: other.staff, role: 'staff' },
    ]);
    await db.query('update app_public.members set disabled_at = now() where id = $1', [
      merchant.owner,
    ]);
    expect(await find(db, email)).toHaveLength(1);
    expect(await find(db, 'nobody@example.in')).toEqual([]);
  }));

test('a refresh token is swapped once; used twice, its whole family ends', () =>
  database.withRollback(async (db) => {
    const first = await issue(db);
    const second = randomBytes(32);
    expect(await rotate(db, first, second)).toEqual([{ member_id: merchant.owner }]);
    expect(await rotate(db, first)).toEqual([]);
    expect(await rotate(db, second)).toEqual([]);
  }));

test('of two uses of one token at once one wins', async () => {
  const token = await issue(database.pool);
  let won = 0;
  await inParallel(database, 8, 16, async (db) => {
    const found = await rotate(db, token);
    won += found.length;
  });
  expect(won).toBe(1);
});

test('expired, revoked, unknown tokens and those of a disabled member are worth nothing', () =>
  database.withRollback(async (db) => {
    expect(await rotate(db, await issue(db, '-1 second'))).toEqual([]);
    expect(await rotate(db, randomBytes(32))).toEqual([]);
    const revoked = await issue(db);
    await db.query('select app_private.revoke_refresh_token($1)', [revoked]);
    expect(await rotate(db, revoked)).toEqual([]);
    const token = await issue(db);
    await db.query('update app_public.members set disabled_at = now()');
    expect(await rotate(db, token)).toEqual([]);
  }));
