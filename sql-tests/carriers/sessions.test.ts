import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { withSession } from '../../carriers/session.ts';
import type { KeptToken } from '../../carriers/session.ts';
import { encryptCredentials } from '../../outbound/credentials.ts';
import { deriveKey, loadConfig } from '../../config.ts';
import type { Config } from '../../config.ts';
import { createPool } from '../../database/connection.ts';
import type { Outcome } from '../../outbound/outcome.ts';
import { databaseTokenStore } from '../../worker/token-store.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { one } from '../support/query.ts';
import { testSecret } from '../support/test-server.ts';

let database: TestDatabase;
let config: Config;
let merchant: Merchant;
let logins: number;
beforeAll(async () => {
  database = await createTestDatabase();
  config = loadConfig({
    NODE_ENV: 'test',
    WAYBILL_SECRET: testSecret,
    DATABASE_URL: database.workerUrl,
  });
});
afterAll(() => database.drop());
beforeEach(async () => {
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
  logins = 0;
});

/** A worker process of its own: its pool knows no token yet. */
async function asWorker<T>(
  work: (call: (refuses?: string, secret?: string) => Promise<Outcome<string>>) => Promise<T>,
  signIn = goodLogin,
): Promise<T> {
  const options = { applicationName: 'test worker', max: 4, onError: () => undefined };
  const db = createPool(database.workerUrl, options);
  try {
    const now = () => new Date();
    return await work((refuses, secret = 'sealed') => {
      const account = { id: merchant.carrierAccount, secret };
      const store = databaseTokenStore({ db, config }, merchant.id, account);
      return withSession({ store, signIn, now }, async ({ token }) =>
        token === refuses
          ? { kind: 'transient', code: 'token-refused', message: 'Refused' }
          : { kind: 'done', value: token },
      );
    });
  } finally {
    await db.end();
  }
}

async function goodLogin(): Promise<Outcome<KeptToken>> {
  logins += 1;
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  return { kind: 'done', value: { token: `token-${logins}`, expiresAt } };
}

async function badLogin(): Promise<Outcome<KeptToken>> {
  logins += 1;
  return { kind: 'account', code: 'credentials', message: 'Wrong' };
}

const done = (value: string) => ({ kind: 'done', value });

test('workers that need a token at once sign in once', async () => {
  const workers = Array.from({ length: 5 }, () => asWorker((call) => call()));
  expect(await Promise.all(workers)).toEqual(Array.from({ length: 5 }, () => done('token-1')));
  expect(logins).toBe(1);
});

test('of workers that find the token refused one signs in, and the others take its token', async () => {
  await asWorker((call) => call());
  const workers = Array.from({ length: 5 }, () => asWorker((call) => call('token-1')));
  expect(await Promise.all(workers)).toEqual(Array.from({ length: 5 }, () => done('token-2')));
  expect(logins).toBe(2);
});

test('the token is kept sealed', async () => {
  await asWorker((call) => call());
  const kept = await one<{ sealed: Buffer }>(
    database.pool,
    'select sealed from app_private.carrier_sessions where merchant_id = $1',
    [merchant.id],
  );
  expect(kept.sealed.includes('token-1')).toBe(false);
});

test('wrong credentials are tried once by all workers, and again when new ones are stored', async () => {
  const refused = { kind: 'account', code: 'credentials' };
  expect(await asWorker((call) => call(), badLogin)).toMatchObject(refused);
  expect(await asWorker((call) => call(), goodLogin)).toMatchObject(refused);
  expect(logins).toBe(1);
  await database.pool.query(
    `insert into app_private.secrets (merchant_id, service, account_id, ciphertext)
     values ($1, 'delhivery', $2, $3)`,
    [
      merchant.id,
      merchant.carrierAccount,
      encryptCredentials(deriveKey(config, 'credentials'), { token: 'new' }),
    ],
  );
  expect(await asWorker((call) => call(), goodLogin)).toEqual(done('token-2'));
});

test('a worker that knows a token does not go on with it when new credentials are stored', async () => {
  await asWorker(async (call) => {
    expect(await call()).toEqual(done('token-1'));
    expect(await call()).toEqual(done('token-1'));
    // What the trigger on the secrets does.
    await database.pool.query('delete from app_private.carrier_sessions where merchant_id = $1', [
      merchant.id,
    ]);
    expect(await call(undefined, 'sealed anew')).toEqual(done('token-2'));
  });
});

test('who died while signing in blocks the others no longer than its lease', async () => {
  const lease = 'select app_private.lease_session($1, $2, $3, $4) as mine';
  const dead = '019a0000-0000-7000-8000-000000000001';
  const next = '019a0000-0000-7000-8000-000000000002';
  const account = [merchant.id, merchant.carrierAccount];
  expect(await one(database.pool, lease, [...account, dead, 30])).toEqual({ mine: true });
  expect(await one(database.pool, lease, [...account, next, 30])).toEqual({ mine: false });
  await database.pool.query(
    `update app_private.carrier_sessions set leased_until = now() - interval '1 second'
     where merchant_id = $1`,
    [merchant.id],
  );
  expect(await one(database.pool, lease, [...account, next, 30])).toEqual({ mine: true });
  const write = 'select app_private.write_session($1, $2, $3, $4, $5, null, null)';
  await database.pool.query(write, [...account, dead, Buffer.from('late'), new Date()]);
  expect(
    await one(
      database.pool,
      'select sealed from app_private.carrier_sessions where merchant_id = $1',
      [merchant.id],
    ),
  ).toEqual({ sealed: null });
});
