/**
 * Caused by: an automated order's `validated`.
 * Does: asks the carrier accounts, by priority, whether they serve the pincode; the first that does gets it.
 * Twice is harmless: it only reads from the carrier, and the claim lets one result be recorded.
 */
import { z } from 'zod';
import { buildServiceability, parseServiceability } from '../carriers/delhivery/serviceability.ts';
import type { Serviceability } from '../carriers/delhivery/serviceability.ts';
import { callService } from '../outbound/call.ts';
import type { Outcome } from '../outbound/outcome.ts';
import { CarrierAccountRow, delhiveryAccount } from '../worker/accounts.ts';
import { effectTask } from '../worker/effect-task.ts';
import type { Attempt, Effect } from '../worker/effect-task.ts';
import type { TaskContext } from '../worker/context.ts';
import { OrderRow } from '../worker/rows.ts';

const Context = z.object({ order: OrderRow, accounts: z.array(CarrierAccountRow).nullable() });

const notServed: Attempt = {
  kind: 'refused',
  code: 'NOT_SERVICEABLE',
  message: 'No carrier delivers to this pincode with this payment mode.',
};

export const task = effectTask(async (effect, context) => {
  const { order, accounts } = Context.parse(effect.context);
  let last: Attempt = notServed;
  for (const account of accounts ?? []) {
    const outcome = await askAccount(effect, order, account, context);
    if (outcome.kind === 'done' && serves(outcome.value, order)) {
      await recordAssignment(effect, account.id, context);
      return { kind: 'recorded' };
    }
    if (outcome.kind !== 'done' && outcome.kind !== 'absent' && outcome.kind !== 'exists')
      last = outcome;
  }
  return last;
});

async function askAccount(
  effect: Effect,
  order: OrderRow,
  account: CarrierAccountRow,
  context: TaskContext,
): Promise<Outcome<Serviceability> | Extract<Attempt, { kind: 'postponed' }>> {
  const { rows } = await context.db.query<{ wait: Date | null }>(
    'select app_private.circuit_wait($1, $2, $3) as wait',
    [effect.merchantId, account.service, account.id],
  );
  const wait = rows[0]?.wait;
  if (wait != null) {
    const dueInMs = Math.max(0, wait.getTime() - context.now().getTime());
    return {
      kind: 'postponed',
      code: 'CIRCUIT_OPEN',
      message: 'The carrier is being left alone.',
      dueInMs,
      unknown: false,
    };
  }
  const pincode = order.contact.pincode ?? '';
  return callService(context.db, {
    merchantId: effect.merchantId,
    service: account.service,
    accountId: account.id,
    operation: 'serviceability',
    reference: effect.effect.reference,
    request: buildServiceability(delhiveryAccount(account, context.config), pincode),
    timeoutMs: effect.policy.timeout_ms,
    does: 'read',
    parse: (answer) => parseServiceability(pincode, answer),
  });
}

function serves(answer: Serviceability, order: OrderRow): boolean {
  return answer.serviceable && (order.payment_mode === 'cod' ? answer.cod : answer.prepaid);
}

async function recordAssignment(
  effect: Effect,
  accountId: number,
  { db }: TaskContext,
): Promise<void> {
  await db.query('select app_private.record_assignment($1, $2, $3, $4, $5)', [
    effect.merchantId,
    effect.subjectId,
    effect.effect.epoch,
    accountId,
    'surface',
  ]);
}
