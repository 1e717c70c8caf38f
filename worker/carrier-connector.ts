import { z } from 'zod';
import type { Connector, Tools } from '../carriers/connector.ts';
import { carriers } from '../carriers/registry.ts';
import { callService } from '../outbound/call.ts';
import { credentialsOf } from './accounts.ts';
import type { CarrierAccountRow } from './accounts.ts';
import type { TaskContext } from './context.ts';
import { databaseTokenStore } from './token-store.ts';

/** The stored credentials or settings of an account are not those of its carrier. */
export class AccountNotReadyError extends Error {
  override name = 'AccountNotReadyError';
}

/**
 * A carrier for one account. What it sends goes out through the one call path, under the operation's own
 * policy, and is logged under the reference, which is ours and the same over all attempts. `signInAnew`
 * passes over a token or a refusal that is kept, and keeps what comes of it.
 */
export function connectorFor(
  row: CarrierAccountRow,
  { merchantId, reference }: { merchantId: number; reference: string | null },
  context: TaskContext,
  { signInAnew = false } = {},
): Connector {
  const kept = databaseTokenStore(context, merchantId, row);
  const tools: Tools = {
    now: context.now,
    tokens: signInAnew ? { ...kept, read: () => Promise.resolve(null) } : kept,
    call: (operation, policy, request, parse) =>
      callService(context.db, {
        merchantId,
        service: row.service,
        accountId: row.id,
        operation,
        reference,
        policy,
        request,
        parse,
      }),
  };
  const account = {
    baseUrl: row.base_url ?? context.config.baseUrls[row.service],
    credentials: row.secret === null ? null : credentialsOf(row.secret, context.config),
    settings: row.settings,
  };
  try {
    return carriers[row.service].connect(account, tools);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const fields = error.issues.map(({ path }) => path.join('.')).filter(Boolean);
    throw new AccountNotReadyError(
      `The carrier account lacks ${fields.join(', ') || 'its credentials'}.`,
    );
  }
}

/** Milliseconds until the circuit of an account lets a call through; null: now. */
export async function circuitWait(
  merchantId: number,
  account: CarrierAccountRow,
  { db, now }: TaskContext,
): Promise<number | null> {
  const { rows } = await db.query<{ wait: Date | null }>(
    'select app_private.circuit_wait($1, $2, $3) as wait',
    [merchantId, account.service, account.id],
  );
  const wait = rows[0]?.wait;
  return wait == null ? null : Math.max(0, wait.getTime() - now().getTime());
}
