import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { deriveKey, deriveKeys } from '../config.ts';
import { encryptCredentials, openCredentials } from '../outbound/credentials.ts';
import { createTestDatabase, type TestDatabase } from '../sql-tests/support/database.ts';
import { addMerchant, type Merchant } from '../sql-tests/support/merchants.ts';
import { value } from '../sql-tests/support/query.ts';
import { rotateSecrets } from './rotate-secrets.ts';

const [older, old, fresh] = ['older', 'old', 'fresh'].map((s) => ({
  secret: `the ${s} secret of a test`,
  previousSecrets: [],
}));

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

async function seal(secret: string, accountId: number): Promise<void> {
  const sealed = encryptCredentials(deriveKey({ secret }, 'credentials'), { token: accountId });
  await database.pool.query(
    `insert into app_private.secrets (merchant_id, service, account_id, ciphertext)
     values ($1, 'delhivery', $2, $3)`,
    [merchant.id, accountId, sealed],
  );
}

const stored = (accountId: number) =>
  value<Buffer>(
    database.pool,
    'select ciphertext as value from app_private.secrets where account_id = $1',
    [accountId],
  );

test('credentials under previous secrets are sealed under the new one, and others are named', async () => {
  const rotated = {
    secret: fresh?.secret ?? '',
    previousSecrets: [old?.secret ?? '', older?.secret ?? ''],
  };
  await seal(older?.secret ?? '', 1);
  await seal(old?.secret ?? '', 2);
  await seal(rotated.secret, 3);
  await seal('a secret that nobody knows any more', 4);
  // Before anything is rotated a process with all the secrets reads them all.
  const keys = deriveKeys(rotated, 'credentials');
  for (const id of [1, 2, 3])
    expect(openCredentials(keys, await stored(id))).toEqual({ token: id });

  const client = await database.connect();
  const unreadable = [`merchant ${merchant.id}, delhivery 4`];
  expect(await rotateSecrets(client, rotated)).toEqual({ resealed: 2, current: 1, unreadable });
  const only = deriveKeys({ secret: rotated.secret, previousSecrets: [] }, 'credentials');
  for (const id of [1, 2, 3])
    expect(openCredentials(only, await stored(id))).toEqual({ token: id });
  expect(await rotateSecrets(client, rotated)).toEqual({ resealed: 0, current: 3, unreadable });
});
