/**
 * Caused by: checkCarrierConnection, whose row the dispatcher finds within a second.
 * Does: signs in at the carrier anew, whatever token is kept, and asks it something that changes nothing.
 * Twice is harmless: nothing is changed at the carrier, and an answered check is not answered again.
 */
import type { Task } from 'graphile-worker';
import { z } from 'zod';
import { CarrierAccountRow } from '../worker/accounts.ts';
import { AccountNotReadyError, connectorFor } from '../worker/carrier-connector.ts';
import { notReady, verdictOf } from '../worker/connection-verdict.ts';
import type { Verdict } from '../worker/connection-verdict.ts';
import type { TaskContext } from '../worker/context.ts';

const Payload = z.object({
  merchantId: z.number().int(),
  carrierAccountId: z.number().int(),
  checkId: z.uuid(),
});

export const task =
  (context: TaskContext): Task =>
  async (rawPayload) => {
    const { merchantId, carrierAccountId, checkId } = Payload.parse(rawPayload);
    const check = [merchantId, carrierAccountId, checkId];
    const { rows } = await context.db.query<{ account: unknown }>(
      'select app_private.begin_check($1, $2, $3) as account',
      check,
    );
    if (rows[0]?.account == null) return;
    const account = CarrierAccountRow.parse(rows[0].account);
    const { code, message } = await ask(account, merchantId, checkId, context);
    await context.db.query('select app_private.record_check($1, $2, $3, $4, $5)', [
      ...check,
      code,
      message,
    ]);
    context.log.info({ merchantId, carrierAccountId, code }, 'connection checked');
  };

async function ask(
  account: CarrierAccountRow,
  merchantId: number,
  checkId: string,
  context: TaskContext,
): Promise<Verdict> {
  if (account.secret === null) return notReady('The account has no credentials yet.');
  try {
    const names = { merchantId, reference: `check-${checkId}` };
    return verdictOf(await connectorFor(account, names, context, { signInAnew: true }).check());
  } catch (error) {
    if (!(error instanceof AccountNotReadyError)) throw error;
    return notReady(error.message);
  }
}
