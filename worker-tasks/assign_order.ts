/**
 * Caused by: an automated order's `validated`.
 * Does: asks the carrier accounts, by priority, whether they take the parcel; the first that does gets it.
 * Twice is harmless: it only reads from the carrier, and the claim lets one result be recorded.
 */
import { z } from 'zod';
import type { Offer } from '../carriers/connector.ts';
import type { Outcome } from '../outbound/outcome.ts';
import { CarrierAccountRow } from '../worker/accounts.ts';
import { circuitWait } from '../worker/carrier-connector.ts';
import type { TaskContext } from '../worker/context.ts';
import { effectTask } from '../worker/effect-task.ts';
import type { Attempt, Effect } from '../worker/effect-task.ts';
import { LocationRow, OrderRow } from '../worker/rows.ts';
import { asAttempt, carrierOf, shipFrom } from '../worker/shipment-context.ts';

const Context = z.object({
  order: OrderRow,
  location: LocationRow,
  weight_grams: z.number().int(),
  accounts: z.array(CarrierAccountRow).nullable(),
});
type Context = z.infer<typeof Context>;

const notServed: Attempt = {
  kind: 'refused',
  code: 'NOT_SERVICEABLE',
  message: 'No carrier delivers to this pincode with this payment mode.',
};

export const task = effectTask(async (effect, context) => {
  const given = Context.parse(effect.context);
  let last: Attempt = notServed;
  for (const account of given.accounts ?? []) {
    const outcome = await askAccount(effect, given, account, context);
    if (outcome.kind === 'done') {
      const [best] = outcome.value;
      if (best === undefined) continue;
      await recordAssignment(effect, account.id, outcome.value, context);
      return { kind: 'recorded' };
    }
    last = outcome.kind === 'postponed' ? outcome : asAttempt(outcome);
  }
  return last;
});

async function askAccount(
  effect: Effect,
  { order, location, weight_grams: weightGrams }: Context,
  account: CarrierAccountRow,
  context: TaskContext,
): Promise<Outcome<Offer[]> | Extract<Attempt, { kind: 'postponed' }>> {
  const dueInMs = await circuitWait(effect.merchantId, account, context);
  if (dueInMs !== null) {
    const message = 'The carrier is being left alone.';
    return { kind: 'postponed', code: 'CIRCUIT_OPEN', message, dueInMs, unknown: false };
  }
  return carrierOf(effect, account, context).offers({
    from: shipFrom(location),
    toPincode: order.contact.pincode ?? '',
    weightGrams,
    cod: order.payment_mode === 'cod',
    declaredMinor: order.total_minor,
  });
}

async function recordAssignment(
  effect: Effect,
  accountId: number,
  offers: readonly Offer[],
  { db }: TaskContext,
): Promise<void> {
  const codes = offers.map(({ code }) => code).filter((code) => code !== null);
  await db.query('select app_private.record_assignment($1, $2, $3, $4, $5, $6)', [
    effect.merchantId,
    effect.subjectId,
    effect.effect.epoch,
    accountId,
    offers[0]?.service ?? '',
    codes.length > 0 ? JSON.stringify(codes) : null,
  ]);
}
