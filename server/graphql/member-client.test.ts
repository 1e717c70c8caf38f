import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { makePgService } from 'postgraphile/adaptors/pg';
import type { PgClient, WithPgClient } from 'postgraphile/@dataplan/pg';

import { createPool } from '../../database/connection.ts';
import { createTestDatabase, type TestDatabase } from '../../sql-tests/support/database.ts';
import { addMerchant, type Merchant } from '../../sql-tests/support/merchants.ts';
import { count, value } from '../../sql-tests/support/query.ts';
import { checkSessions } from './check-sessions.ts';
import { memberSettings } from './settings.ts';

type Settings = ReturnType<typeof memberSettings>;

let database: TestDatabase;
/** Of one connection: whatever one request leaves on it, the next one meets. */
let pool: pg.Pool;
let as: WithPgClient;
let ours: { merchant: Merchant; settings: Settings };
let theirs: typeof ours;

beforeAll(async () => {
  database = await createTestDatabase();
  // The rule is told at commit; and a table that any member may write.
  await database.pool.query(
    `create table public.notes (
       id integer primary key, next integer references public.notes deferrable initially deferred
     );
     grant select, insert on public.notes to waybill_member`,
  );
  pool = serverPool(1);
  as = await withMember(pool);
  ours = await signedIn('Kochi Cotton');
  theirs = await signedIn('Other');
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

function serverPool(max: number): pg.Pool {
  return createPool(database.serverUrl, {
    applicationName: 'test of the member client',
    max,
    pipeline: true,
    onError: () => undefined,
  });
}

async function withMember(of: pg.Pool): Promise<WithPgClient> {
  const service = checkSessions(
    makePgService({ pool: of, schemas: ['app_public'], pubsub: false }),
  );
  return service.adaptor.createWithPgClient(service.adaptorSettings, undefined);
}

async function signedIn(name: string) {
  const merchant = await addMerchant(database.pool, name);
  const sessionId = await value<string>(
    database.pool,
    `select app_private.open_session($1, $2, $3, '30 days', 'a test') as value`,
    [merchant.id, merchant.owner, randomBytes(32)],
  );
  const member = {
    merchantId: merchant.id,
    memberId: merchant.owner,
    sessionId,
    role: 'owner' as const,
    name,
    expiresAt: new Date(),
  };
  return { merchant, settings: memberSettings(member, 4_000) };
}

const who = `select current_user::text as role, current_setting('jwt.claims.merchant_id', true) as merchant,
  current_setting('jwt.claims.role', true) as claims, current_setting('statement_timeout') as timeout`;

const asked = async <T>(settings: Settings, text: string, values: unknown[] = []) => {
  const { rows } = await as(settings, (client) => client.query<T>({ text, values }));
  return rows;
};

/** What is left on the connection when nobody is served. */
async function leftovers() {
  const client = await pool.connect();
  try {
    const { rows } = await client.query<Record<string, string>>(who);
    // In a transaction time stands still.
    const times = [];
    for (const query of ['select now()::text as at', 'select now()::text as at']) {
      times.push((await client.query<{ at: string }>(query)).rows[0]?.at);
    }
    return { ...rows[0], inTransaction: times[0] === times[1] };
  } finally {
    client.release();
  }
}
const nothing = {
  role: 'waybill_server',
  merchant: '',
  claims: '',
  timeout: '30s',
  inTransaction: false,
};
const aMember = (merchant: Merchant) => ({
  role: 'waybill_member',
  merchant: String(merchant.id),
  claims: 'owner',
  timeout: '4s',
});

test('a statement runs as the member, and leaves nothing on the connection', async () => {
  expect(await asked(ours.settings, who)).toEqual([aMember(ours.merchant)]);
  expect(await leftovers()).toEqual(nothing);
  expect(await asked(theirs.settings, who)).toEqual([aMember(theirs.merchant)]);
});

test('a statement that fails says why, does nothing and leaves nothing', async () => {
  await asked(ours.settings, 'insert into public.notes values (1)');
  for (const [text, code] of [
    ['insert into public.notes values (2), (1)', '23505'],
    ['select 1 / 0', '22012'],
    ['selekt', '42601'],
    ['select * from app_private.counters', '42501'],
  ] as const) {
    await expect(asked(ours.settings, text)).rejects.toMatchObject({ code });
    expect(await leftovers()).toEqual(nothing);
    expect(await asked(theirs.settings, who)).toEqual([aMember(theirs.merchant)]);
  }
  expect(await count(database.pool, 'public.notes where id = 2')).toBe(0);
});

test('a prepared statement that failed can be sent again', async () => {
  const divide = (by: number) =>
    as(ours.settings, (client) =>
      client.query<{ result: number }>({
        name: 'divide',
        text: 'select 12 / $1::integer as result',
        values: [by],
      }),
    );
  await expect(divide(0)).rejects.toMatchObject({ code: '22012' });
  expect((await divide(3)).rows).toEqual([{ result: 4 }]);
  await expect(divide(0)).rejects.toMatchObject({ code: '22012' });
  expect((await divide(4)).rows).toEqual([{ result: 3 }]);
});

test('what is refused only at commit is refused', async () => {
  await expect(
    asked(ours.settings, 'insert into public.notes values (3, 999)'),
  ).rejects.toMatchObject({ code: '23503' });
  expect(await leftovers()).toEqual(nothing);
  expect(await count(database.pool, 'public.notes where id = 3')).toBe(0);
});

test('when the session has ended, the statement behind the look at it does not run', async () => {
  const gone = await signedIn('Gone');
  await database.pool.query('update app_public.sessions set ended_at = now() where id = $1', [
    gone.settings['jwt.claims.session_id'],
  ]);
  // Whoever is asked: neither the member nor the login role.
  await database.pool.query('grant insert on public.notes to waybill_server');
  await expect(asked(gone.settings, 'insert into public.notes values (4)')).rejects.toMatchObject({
    extensions: { code: 'UNAUTHENTICATED' },
  });
  await expect(
    as(gone.settings, (client) =>
      client.withTransaction((t) => t.query({ text: 'insert into public.notes values (4)' })),
    ),
  ).rejects.toMatchObject({ extensions: { code: 'UNAUTHENTICATED' } });
  expect(await count(database.pool, 'public.notes where id = 4')).toBe(0);
  expect(await leftovers()).toEqual(nothing);
});

test('a transaction holds together, and a savepoint in it is taken back alone', async () => {
  const insert = (client: PgClient, id: number) =>
    client.query({ text: 'insert into public.notes values ($1)', values: [id] });
  await as(ours.settings, (client) =>
    client.withTransaction(async (t) => {
      await insert(t, 10);
      await expect(
        t.withTransaction(async (inner) => {
          await insert(inner, 11);
          await insert(inner, 10);
        }),
      ).rejects.toMatchObject({ code: '23505' });
      await insert(t, 12);
    }),
  );
  await expect(
    as(ours.settings, (client) =>
      client.withTransaction(async (t) => {
        await insert(t, 13);
        throw new Error('changed my mind');
      }),
    ),
  ).rejects.toThrow('changed my mind');
  expect(await count(database.pool, 'public.notes where id in (10, 12)')).toBe(2);
  expect(await count(database.pool, 'public.notes where id in (11, 13)')).toBe(0);
  expect(await leftovers()).toEqual(nothing);
});

test("the request's own time limits hold, and only for it", async () => {
  const short = { ...ours.settings, statement_timeout: '50', lock_timeout: '20' };
  await expect(asked(short, 'select pg_sleep(30)')).rejects.toMatchObject({ code: '57014' });
  const holder = await database.connect();
  await holder.query('begin; lock table public.notes in access exclusive mode');
  await expect(asked(short, 'select count(*) from public.notes')).rejects.toMatchObject({
    code: '55P03',
  });
  await holder.query('rollback');
  await holder.end();
  expect(await leftovers()).toEqual(nothing);
});

test('a connection that is lost under a request is replaced', async () => {
  const dying = asked(theirs.settings, 'select pg_sleep(30)');
  const lost = expect(dying).rejects.toThrow();
  await untilRunning('select pg_sleep(30)');
  await database.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'test of the member client' and datname = current_database()`,
  );
  await lost;
  expect(await asked(ours.settings, who)).toEqual([aMember(ours.merchant)]);
});

async function untilRunning(text: string): Promise<void> {
  while (
    (await count(
      database.pool,
      `pg_stat_activity where state = 'active' and query = '${text}' and datname = current_database()`,
    )) === 0
  );
}

test('members who share few connections, with failures between them, never see another’s claims', async () => {
  const shared = serverPool(3);
  const many = await withMember(shared);
  const answers = await Promise.all(
    Array.from({ length: 300 }, async (_, n) => {
      const { merchant, settings } = n % 2 ? ours : theirs;
      if (n % 7 === 0) {
        const failing = many(settings, (client) => client.query({ text: 'select 1 / 0' }));
        await expect(failing).rejects.toMatchObject({ code: '22012' });
        return true;
      }
      const { rows } = await many(settings, (client) => client.query({ text: who }));
      expect(rows).toEqual([aMember(merchant)]);
      return true;
    }),
  );
  expect(answers).toHaveLength(300);
  await shared.end();
});
