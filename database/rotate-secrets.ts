import type pg from 'pg';

import { deriveKeys, type Config } from '../config.ts';
import { encryptCredentials, openCredentials } from '../outbound/credentials.ts';

export interface Rotation {
  /** Sealed anew under the present secret. */
  resealed: number;
  /** Were so already. */
  current: number;
  /** Which no secret opens, as `merchant 1, shopify 3`: they have to be entered anew. */
  unreadable: string[];
}

interface Sealed {
  merchant_id: number;
  service: string;
  account_id: number;
  ciphertext: Buffer;
}

/**
 * Seals all stored credentials under the present secret, so that the previous ones can be
 * forgotten. In one transaction, as waybill_owner: after a crash it is simply run again.
 */
export async function rotateSecrets(
  client: pg.ClientBase,
  config: Pick<Config, 'secret' | 'previousSecrets'>,
): Promise<Rotation> {
  const keys = deriveKeys(config, 'credentials');
  const rotation: Rotation = { resealed: 0, current: 0, unreadable: [] };
  await client.query('begin');
  try {
    await client.query('set local role waybill_owner');
    // Whoever stores new credentials waits; readers do not.
    await client.query('lock table app_private.secrets in share row exclusive mode');
    const { rows } = await client.query<Sealed>('select * from app_private.secrets');
    for (const row of rows) {
      const outcome = await reseal(client, keys, row);
      if (outcome === 'unreadable') {
        rotation.unreadable.push(`merchant ${row.merchant_id}, ${row.service} ${row.account_id}`);
      } else rotation[outcome] += 1;
    }
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
  return rotation;
}

const store = `update app_private.secrets set ciphertext = $4, changed_at = now()
  where merchant_id = $1 and service = $2 and account_id = $3`;

async function reseal(
  client: pg.ClientBase,
  keys: ReturnType<typeof deriveKeys>,
  { merchant_id, service, account_id, ciphertext }: Sealed,
): Promise<'resealed' | 'current' | 'unreadable'> {
  const [key, ...previous] = keys;
  if (opens([key], ciphertext)) return 'current';
  const credentials = opens(previous, ciphertext);
  if (!credentials) return 'unreadable';
  const sealed = encryptCredentials(key, credentials);
  await client.query(store, [merchant_id, service, account_id, sealed]);
  return 'resealed';
}

function opens(keys: readonly Uint8Array[], sealed: Buffer) {
  try {
    return openCredentials(keys, sealed);
  } catch {
    return undefined;
  }
}
