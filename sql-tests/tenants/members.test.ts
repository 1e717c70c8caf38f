import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';

import { asDba, asMember } from '../support/acting.ts';
import type { MemberRole } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { codeOf, outcomeOf, tryOut } from '../support/outcome.ts';
import { backendOf, committed, untilBlocked } from '../support/parallel.ts';
import { count, one, rows, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

const hash = '$argon2id$v=19$x';

const call = (db: Db, sql: string, values: unknown[] = []) =>
  outcomeOf(db.query(`select app_public.${sql}`, values));

interface Link {
  id: string;
  token: string;
}

const invite = (db: Db, email: string, role: string) =>
  one<Link>(db, 'select * from app_public.invite_member($1, $2, $3)', [email, 'Asha', role]);

/** As the server does it, without claims. */
async function accept(db: Db, token: string) {
  await asDba(db);
  return rows<{ member_id: number; role: string }>(
    db,
    'select member_id, role from app_private.accept_invitation($1, $2)',
    [createHash('sha256').update(token).digest(), hash],
  );
}

const audited = (db: Db, entity: string, id: string | number) =>
  rows<{ action: string; actor_id: string; actor_role: string; meta: object }>(
    db,
    `select action, actor_id, actor_role, meta from app_public.audit_log
     where entity = $1 and entity_id = $2 order by id`,
    [entity, String(id)],
  );

async function openSession(db: Db, member: number): Promise<string> {
  const sql = `select app_private.open_session($1, $2, sha256($3), '30 days', 'Firefox') as value`;
  return value(db, sql, [merchant.id, member, Buffer.from(String(Math.random()))]);
}

const standing = (db: Db, member: number, session: string) =>
  rows<{ role: string }>(db, 'select * from app_hidden.session_standing($1, $2, $3)', [
    merchant.id,
    member,
    session,
  ]);

describe('who may change members', () => {
  const calls: [string, (m: Merchant) => unknown[]][] = [
    ['change_member_role($1, $2)', (m) => [m.staff, 'manager']],
    ['disable_member($1)', (m) => [m.staff]],
    ['enable_member($1)', (m) => [m.staff]],
    ['reset_member_password($1)', (m) => [m.staff]],
    [`invite_member($1, 'Asha', 'manager')`, () => ['asha@example.in']],
  ];

  test.each(calls)('%s: an owner, nobody else', (sql, values) =>
    database.withRollback(async (db) => {
      for (const [role, code] of Object.entries({
        manager: 'WB003',
        staff: 'WB003',
        owner: 'ok',
      })) {
        await asMember(db, merchant, role as MemberRole); // the keys above
        const tried = await tryOut(db, () =>
          db.query(`select app_public.${sql}`, values(merchant)),
        );
        expect({ role, code: tried.code }).toEqual({ role, code });
      }
    }),
  );

  test('a manager invites staff, staff invites nobody', () =>
    database.withRollback(async (db) => {
      await asMember(db, merchant, 'manager');
      expect(await invite(db, 'asha@example.in', 'staff')).toMatchObject({
        email: 'asha@example.in',
      });
      await asMember(db, merchant, 'staff');
      expect(await call(db, `invite_member('b@example.in', 'B')`)).toMatchObject({ code: 'WB003' });
    }));

  test('what the claims say does not count, but what the member is now', () =>
    database.withRollback(async (db) => {
      await db.query(`update app_public.members set role = 'manager' where id = $1`, [
        merchant.staff,
      ]);
      await db.query(`update app_public.members set role = 'owner' where id = $1`, [
        merchant.manager,
      ]);
      await db.query(`update app_public.members set role = 'staff' where id = $1`, [
        merchant.owner,
      ]);
      await asMember(db, merchant, 'owner');
      expect(await call(db, 'disable_member($1)', [merchant.staff])).toMatchObject({
        code: 'WB003',
      });
    }));

  test.each([
    ['role', `change_member_role($1, 'king')`, (m: Merchant) => [m.staff]],
    ['email', `invite_member('not an address', 'Asha')`, () => []],
    ['name', `invite_member('asha@example.in', '  ')`, () => []],
    ['role', `invite_member('asha@example.in', 'Asha', 'king')`, () => []],
    ['email', `invite_member('staff@merchant-' || $1 || '.example', 'A')`, (m: Merchant) => [m.id]],
  ])('what is wrong is said by its field: %s', (field, sql, values) =>
    database.withRollback(async (db) => {
      await asMember(db, merchant, 'owner');
      const refused = await call(db, sql, values(merchant));
      expect(refused).toMatchObject({ code: 'WB004', facts: { field } });
    }),
  );
});

describe('a change of a member', () => {
  test('is audited with who made it, without names and addresses', () =>
    database.withRollback(async (db) => {
      await asMember(db, merchant, 'owner');
      await call(db, 'change_member_role($1, $2)', [merchant.staff, 'manager']);
      await call(db, 'disable_member($1)', [merchant.staff]);
      await call(db, 'enable_member($1)', [merchant.staff]);
      await call(db, 'enable_member($1)', [merchant.staff]);
      const changes = await audited(db, 'member', merchant.staff);
      const owner = { actor_id: String(merchant.owner), actor_role: 'owner' };
      expect(changes.slice(1)).toEqual([
        { action: 'role_changed', ...owner, meta: { old_role: 'staff', new_role: 'manager' } },
        { action: 'member_disabled', ...owner, meta: { old_role: 'manager', new_role: 'manager' } },
        { action: 'member_enabled', ...owner, meta: { old_role: 'manager', new_role: 'manager' } },
      ]);
    }));

  test('in psql is audited too, and ends the sessions of whom it disables', () =>
    database.withRollback(async (db) => {
      const session = await openSession(db, merchant.staff);
      expect(await standing(db, merchant.staff, session)).toEqual([{ role: 'staff' }]);
      await db.query('update app_public.members set disabled_at = now() where id = $1', [
        merchant.staff,
      ]);
      expect(await standing(db, merchant.staff, session)).toEqual([]);
      await db.query('update app_public.members set disabled_at = null where id = $1', [
        merchant.staff,
      ]);
      expect(await standing(db, merchant.staff, session)).toEqual([]);
      const [, disabled] = await audited(db, 'member', merchant.staff);
      expect(disabled).toMatchObject({ action: 'member_disabled', actor_role: 'dba' });
    }));

  test('to another role shows in the next look at a session', () =>
    database.withRollback(async (db) => {
      const session = await openSession(db, merchant.staff);
      await asMember(db, merchant, 'owner');
      await call(db, 'change_member_role($1, $2)', [merchant.staff, 'manager']);
      await asDba(db);
      expect(await standing(db, merchant.staff, session)).toEqual([{ role: 'manager' }]);
      const seen = await one(db, 'select * from app_private.member_standing($1, $2, $3)', [
        merchant.id,
        merchant.staff,
        session,
      ]);
      expect(seen).toMatchObject({ role: 'manager', stands: true });
    }));

  test('takes back what the disabled one had set up', () =>
    database.withRollback(async (db) => {
      await asMember(db, merchant, 'manager');
      const { token } = await invite(db, 'friend@example.in', 'staff');
      await asMember(db, merchant, 'owner');
      await call(db, 'disable_member($1)', [merchant.manager]);
      expect(await accept(db, token)).toEqual([]);
    }));
});

describe('the last owner', () => {
  test.each([
    `update app_public.members set role = 'staff' where id = $1`,
    'update app_public.members set disabled_at = now() where id = $1',
    'delete from app_public.members where id = $1',
  ])('stays, also in psql: %s', (sql) =>
    database.withRollback(async (db) => {
      expect(await outcomeOf(db.query(sql, [merchant.owner]))).toMatchObject({
        code: 'WB003',
        facts: { lastOwner: true },
      });
    }),
  );

  test('goes with the merchant', () =>
    database.withRollback(async (db) => {
      const gone = await addMerchant(db, 'Gone');
      await db.query('delete from app_public.stores where merchant_id = $1', [gone.id]);
      await db.query('delete from app_public.carrier_locations where merchant_id = $1', [gone.id]);
      await db.query('delete from app_public.merchants where id = $1', [gone.id]);
      expect(await count(db, 'app_public.members where merchant_id = $1', [gone.id])).toBe(0);
    }));

  test.each(['change_member_role($1, $2)', 'disable_member($1)'])(
    'is left when two owners act against each other at once: %s',
    async (sql) => {
      const pair = await addMerchant(database.pool, `Two owners ${sql}`);
      await database.pool.query(`update app_public.members set role = 'owner' where id = $1`, [
        pair.manager,
      ]);
      const values = (id: number) => (sql.includes('$2') ? [id, 'staff'] : [id]);
      const [first, second] = [await database.connect(), await database.connect()];
      const backend = await backendOf(second);
      await first.query('begin');
      await asMember(first, pair, 'owner');
      await first.query(`select app_public.${sql}`, values(pair.manager));
      const other = codeOf(
        committed(second, async () => {
          await asMember(second, { ...pair, owner: pair.manager }, 'owner');
          await second.query(`select app_public.${sql}`, values(pair.owner));
        }),
      );
      await untilBlocked(database.pool, backend);
      await first.query('commit');
      expect(await other).toBe('WB003');
      const left = `app_public.members where merchant_id = $1 and role = 'owner'
        and disabled_at is null`;
      expect(await count(database.pool, left, [pair.id])).toBe(1);
    },
  );

  test('is left when two sessions of psql demote one each at once', async () => {
    const pair = await addMerchant(database.pool, 'Two owners in psql');
    await database.pool.query(`update app_public.members set role = 'owner' where id = $1`, [
      pair.manager,
    ]);
    const [first, second] = [await database.connect(), await database.connect()];
    const backend = await backendOf(second);
    const demote = `update app_public.members set role = 'staff' where id = $1`;
    await first.query('begin');
    await first.query(demote, [pair.manager]);
    const other = codeOf(second.query(demote, [pair.owner]));
    await untilBlocked(database.pool, backend);
    await first.query('commit');
    expect(await other).toBe('WB003');
  });
});

describe('an invitation', () => {
  test('makes a member with the invited role, once, and the audit log says who let them in', () =>
    database.withRollback(async (db) => {
      await asMember(db, merchant, 'owner');
      const link = await invite(db, '  Asha@Example.in', 'manager');
      const [member] = await accept(db, link.token);
      expect(member).toMatchObject({ role: 'manager' });
      expect(await accept(db, link.token)).toEqual([]);
      const id = member?.member_id ?? 0;
      expect(
        await one(db, 'select email, name from app_public.members where id = $1', [id]),
      ).toEqual({
        email: 'asha@example.in',
        name: 'Asha',
      });
      expect(await audited(db, 'member', id)).toMatchObject([
        { action: 'member_added', actor_id: String(merchant.owner), actor_role: 'owner' },
        { action: 'password_set', actor_id: String(id), actor_role: 'manager' },
      ]);
      expect(await audited(db, 'invitation', link.id)).toMatchObject([
        { action: 'invited', actor_id: String(merchant.owner), meta: { role: 'manager' } },
        { action: 'accepted', actor_id: String(id) },
      ]);
      const log = JSON.stringify(await rows(db, 'select * from app_public.audit_log'));
      expect(log).not.toMatch(/asha/i);
    }));

  test('is accepted once also by many at once', async () => {
    const owner = await database.connect();
    const link = await committed(owner, async () => {
      await asMember(owner, merchant, 'owner');
      return invite(owner, 'once@example.in', 'staff');
    });
    const clients = await Promise.all(Array.from({ length: 6 }, () => database.connect()));
    const accepted = await Promise.all(clients.map((db) => accept(db, link.token)));
    expect(accepted.flat()).toHaveLength(1);
  });

  test('is worth nothing once it has expired, was revoked or replaced', () =>
    database.withRollback(async (db) => {
      await asMember(db, merchant, 'owner');
      const replaced = await invite(db, 'asha@example.in', 'staff');
      const revoked = await invite(db, 'asha@example.in', 'staff');
      await call(db, 'revoke_invitation($1)', [revoked.id]);
      const expired = await invite(db, 'biju@example.in', 'staff');
      await asDba(db);
      await db.query('update app_public.invitations set expires_at = now() where id = $1', [
        expired.id,
      ]);
      for (const { token } of [replaced, revoked, expired]) {
        expect(await accept(db, token)).toEqual([]);
      }
    }));

  test('lasts seven days, one for a password a day', () =>
    database.withRollback(async (db) => {
      await asMember(db, merchant, 'owner');
      await invite(db, 'asha@example.in', 'staff');
      await call(db, 'reset_member_password($1)', [merchant.staff]);
      const lasting = await rows(
        db,
        `select purpose, (expires_at - created_at)::text as lasts from app_public.invitations
         where accepted_at is null and revoked_at is null and merchant_id = $1 order by 1`,
        [merchant.id],
      );
      expect(lasting).toEqual([
        { purpose: 'join', lasts: '7 days' },
        { purpose: 'reset_password', lasts: '1 day' },
      ]);
    }));

  test('is seen by owners and managers; its secret is kept by nobody', () =>
    database.withRollback(async (db) => {
      await asMember(db, merchant, 'owner');
      const { token } = await invite(db, 'asha@example.in', 'staff');
      const seen = 'app_public.invitations where accepted_at is null and revoked_at is null';
      expect(await count(db, seen)).toBe(1);
      await asMember(db, merchant, 'manager');
      expect(await count(db, seen)).toBe(1);
      await asMember(db, merchant, 'staff');
      expect(await count(db, seen)).toBe(0);
      await asDba(db);
      const kept = await rows(
        db,
        'select encode(token_hash, $1) from app_private.invitation_tokens',
        ['escape'],
      );
      expect(JSON.stringify(kept)).not.toContain(token);
    }));

  test('to a new password keeps the old one until it is used, then ends every session', () =>
    database.withRollback(async (db) => {
      const session = await openSession(db, merchant.staff);
      await asMember(db, merchant, 'owner');
      const { token } = await one<Link>(db, 'select * from app_public.reset_member_password($1)', [
        merchant.staff,
      ]);
      await asDba(db);
      expect(await standing(db, merchant.staff, session)).toHaveLength(1);
      expect(await accept(db, token)).toMatchObject([{ member_id: merchant.staff }]);
      expect(await standing(db, merchant.staff, session)).toEqual([]);
    }));
});
