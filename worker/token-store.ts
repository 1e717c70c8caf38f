import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { LoginRecord, TokenStore } from '../carriers/session.ts';
import { deriveKey, deriveKeys } from '../config.ts';
import { encryptCredentials, openCredentials } from '../outbound/credentials.ts';
import type { CarrierAccountRow } from './accounts.ts';
import type { TaskContext } from './context.ts';

/** Longer than a login may take; who dies meanwhile blocks the others no longer than this. */
const leaseSeconds = 30;
const askAgainMs = 200;

const Token = z.object({ token: z.string(), expiresAt: z.string() });
const Row = z.object({
  sealed: z.string().nullable(),
  refused_until: z.string().nullable(),
  failure: z
    .object({ kind: z.literal('account'), code: z.string(), message: z.string() })
    .nullable(),
});

/** What this process knows of an account: a call should not have to ask for its token. */
interface Known {
  token: LoginRecord | null;
  /** Ends when the last one of this process that wants to sign in has. */
  queue: Promise<unknown>;
}

const processes = new WeakMap<TaskContext['db'], Map<string, Known>>();

function knownOf(db: TaskContext['db'], key: string): Known {
  const accounts = processes.get(db) ?? new Map<string, Known>();
  processes.set(db, accounts);
  const known = accounts.get(key) ?? { token: null, queue: Promise.resolve() };
  accounts.set(key, known);
  return known;
}

/** The token of one carrier account, sealed in the database and shared by all workers. */
export function databaseTokenStore(
  { db, config }: Pick<TaskContext, 'db' | 'config'>,
  merchantId: number,
  { id: accountId, secret }: Pick<CarrierAccountRow, 'id' | 'secret'>,
): TokenStore {
  // With the sealed credentials: a token of those before must not go on with the new ones.
  const known = knownOf(db, `${merchantId}:${accountId}:${secret}`);
  const account = [merchantId, accountId];
  const lease = randomUUID();

  const read = async (): Promise<LoginRecord | null> => {
    const { rows } = await db.query<{ session: unknown }>(
      'select app_private.read_session($1, $2) as session',
      account,
    );
    const record = rows[0]?.session == null ? null : recordOf(Row.parse(rows[0].session));
    known.token = record !== null && 'token' in record ? record : null;
    return record;
  };
  const recordOf = ({ sealed, refused_until: refusedUntil, failure }: z.infer<typeof Row>) => {
    if (failure !== null && refusedUntil !== null) return { refusedUntil, failure };
    if (sealed === null) return null;
    const keys = deriveKeys(config, 'credentials');
    return Token.parse(openCredentials(keys, Buffer.from(sealed, 'base64')));
  };
  const take = async (): Promise<void> => {
    for (;;) {
      const { rows } = await db.query<{ mine: boolean }>(
        'select app_private.lease_session($1, $2, $3, $4) as mine',
        [...account, lease, leaseSeconds],
      );
      if (rows[0]?.mine === true) return;
      await wait(askAgainMs);
    }
  };
  return {
    read: async () => known.token ?? read(),
    write: async (record) => {
      const token = 'token' in record ? record : null;
      const refusal = 'failure' in record ? record : null;
      known.token = token;
      await db.query('select app_private.write_session($1, $2, $3, $4, $5, $6, $7)', [
        ...account,
        lease,
        token && encryptCredentials(deriveKey(config, 'credentials'), token),
        token?.expiresAt ?? null,
        refusal?.refusedUntil ?? null,
        refusal?.failure ?? null,
      ]);
    },
    exclusively: (work) => {
      const turn = known.queue.then(async () => {
        await take();
        known.token = null;
        try {
          return await work();
        } finally {
          await db.query('select app_private.release_session($1, $2, $3)', [...account, lease]);
        }
      });
      known.queue = turn.catch(() => undefined);
      return turn;
    },
  };
}
