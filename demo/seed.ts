/** Puts the demo merchant into an empty database. A database that has a merchant is left as it is. */
import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import { deriveKey } from '../config.ts';
import type { Config } from '../config.ts';
import { withClient } from '../database/connection.ts';
import { encryptCredentials } from '../outbound/credentials.ts';
import { hashPassword } from '../server/auth/password.ts';
import {
  carrierCredentials,
  demoMembers,
  demoPassword,
  shopifyCredentials,
  whatsAppCredentials,
} from './credentials.ts';

/** True when the demo merchant was made, false when the database was in use already. */
export async function seedDemo(adminUrl: string, config: Pick<Config, 'secret'>): Promise<boolean> {
  return withClient(adminUrl, async (client) => {
    await client.query('begin');
    // Two starts at once: the second waits here and then finds the first one's merchant.
    await client.query('set local role waybill_owner');
    await client.query("select pg_advisory_xact_lock(hashtextextended('waybill demo seed', 0))");
    const { rows } = await client.query<{ used: boolean }>(
      'select exists (select from app_public.merchants) as used',
    );
    if (rows[0]?.used === true) {
      await client.query('rollback');
      return false;
    }
    await client.query(await readFile(new URL('seed.sql', import.meta.url), 'utf8'));
    await seedMembers(client);
    await seedSecrets(client, config);
    await client.query('commit');
    return true;
  });
}

async function seedMembers(client: pg.Client): Promise<void> {
  const hash = await hashPassword(demoPassword);
  for (const member of demoMembers) {
    await client.query(
      `with member as (
         insert into app_public.members (merchant_id, email, name, role)
         select m.id, $1, $2, $3 from app_public.merchants m
         returning merchant_id, id
       )
       insert into app_private.member_passwords (merchant_id, member_id, password_hash)
       select member.merchant_id, member.id, $4 from member`,
      [member.email, member.name, member.role, hash],
    );
  }
}

async function seedSecrets(client: pg.Client, config: Pick<Config, 'secret'>): Promise<void> {
  const key = deriveKey(config, 'credentials');
  const secrets: [string, object][] = [
    ...Object.entries(carrierCredentials).map(([carrier, credentials]): [string, object] => [
      `select merchant_id, carrier, id, $1 from app_public.carrier_accounts where carrier = '${carrier}'`,
      credentials,
    ]),
    ['select merchant_id, channel, id, $1 from app_public.message_accounts', whatsAppCredentials],
    [
      "select merchant_id, 'shopify', id, $1 from app_public.stores where channel = 'shopify'",
      shopifyCredentials,
    ],
  ];
  for (const [accounts, credentials] of secrets) {
    await client.query(
      `insert into app_private.secrets (merchant_id, service, account_id, ciphertext) ${accounts}`,
      [Buffer.from(encryptCredentials(key, credentials))],
    );
  }
}
