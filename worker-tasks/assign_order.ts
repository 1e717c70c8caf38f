/**
 * Caused by: an automated order's `validated`.
 * Does: asks the carrier accounts whether they take the parcel, all at once, but for those whose last
 * answer about the PIN code still holds, and those that could never book it for this consignee; the
 * database prices what they said and chooses.
 * Twice is harmless: it only reads from the carriers, and the claim lets one result be recorded.
 */
import { z } from 'zod';
import type { Offer } from '../carriers/connector.ts';
import type { Objection } from '../carriers/parcel.ts';
import { carriers } from '../carriers/registry.ts';
import { CarrierAccountRow } from '../worker/accounts.ts';
import { AccountNotReadyError, circuitWait } from '../worker/carrier-connector.ts';
import type { TaskContext } from '../worker/context.ts';
import { effectTask } from '../worker/effect-task.ts';
import type { Attempt, Effect } from '../worker/effect-task.ts';
import { LocationRow, OrderRow } from '../worker/rows.ts';
import { asAttempt, carrierOf, consigneeOf, shipFrom } from '../worker/shipment-context.ts';

const Account = CarrierAccountRow.extend({
  /** Its last answer, as `record_offers` was given it. */
  known: z.array(z.unknown()).nullable(),
  circuit_is_open: z.boolean(),
});
type Account = z.infer<typeof Account>;

const Context = z.object({
  order: OrderRow,
  question: z.object({
    to_pincode: z.string(),
    weight_grams: z.number().int(),
    declared_minor: z.number().int(),
    cod: z.boolean(),
  }),
  location: LocationRow,
  accounts: z.array(Account).nullable(),
});
type Context = z.infer<typeof Context>;

/** What one account said, in the words of `app_private.record_offers`. */
type Answer = { account_id: number; known: boolean } & (
  { offers: readonly unknown[] } | { failure: Failure }
);

interface Failure {
  reason: 'circuit_open' | 'not_answered' | 'address_not_taken' | 'refused';
  outcome: string;
  code: string;
  message: string;
  due_in_ms?: number;
  retry_after_ms?: number | undefined;
}

export const task = effectTask(async (effect, context) => {
  const given = Context.parse(effect.context);
  const answers = await Promise.all(
    (given.accounts ?? []).map((account) => answerOf(effect, given, account, context)),
  );
  const { rows } = await context.db.query<{ next: string }>(
    'select app_private.record_offers($1, $2, $3, $4) as next',
    [effect.merchantId, effect.subjectId, effect.effect.epoch, JSON.stringify(answers)],
  );
  return { kind: 'recorded', next: rows[0]?.next };
});

async function answerOf(
  effect: Effect,
  given: Context,
  account: Account,
  context: TaskContext,
): Promise<Answer> {
  const said = { account_id: account.id, known: false };
  // Before all else: what it said about the PIN code, for other parcels too, does not tell.
  const objection = carriers[account.service].objection(consigneeOf(given.order.contact));
  if (objection !== null) return { ...said, failure: addressNotTaken(objection) };
  if (account.circuit_is_open) {
    const dueInMs = await circuitWait(effect.merchantId, account, context);
    if (dueInMs !== null) return { ...said, failure: leftAlone(dueInMs) };
    // This is the one call that may try: what was known would not tell whether it is back.
  } else if (account.known !== null) {
    return { ...said, known: true, offers: account.known };
  }
  const outcome = await ask(effect, given, account, context);
  return outcome.kind === 'done'
    ? { ...said, offers: outcome.value.map(offerRow) }
    : { ...said, failure: failureOf(asAttempt(outcome)) };
}

async function ask(
  effect: Effect,
  { question, location }: Context,
  account: Account,
  context: TaskContext,
): ReturnType<ReturnType<typeof carrierOf>['offers']> {
  try {
    return await carrierOf(effect, account, context).offers({
      from: shipFrom(location),
      toPincode: question.to_pincode,
      weightGrams: question.weight_grams,
      cod: question.cod,
      declaredMinor: question.declared_minor,
    });
  } catch (error) {
    // One account without credentials is no reason to ask none.
    if (!(error instanceof AccountNotReadyError)) throw error;
    return { kind: 'account', code: 'ACCOUNT_NOT_READY', message: error.message };
  }
}

function addressNotTaken({ field, rule }: Objection): Failure {
  return {
    reason: 'address_not_taken',
    outcome: 'refused',
    code: 'SHIP_TO_NOT_TAKEN',
    message: `${field} ${rule}`,
  };
}

function leftAlone(dueInMs: number): Failure {
  return {
    reason: 'circuit_open',
    outcome: 'transient',
    code: 'CIRCUIT_OPEN',
    message: 'The carrier is being left alone.',
    due_in_ms: Math.ceil(dueInMs),
  };
}

function failureOf(attempt: Exclude<Attempt, { kind: 'recorded' }>): Failure {
  return {
    reason: attempt.kind === 'refused' ? 'refused' : 'not_answered',
    outcome: attempt.kind === 'postponed' ? 'transient' : attempt.kind,
    code: attempt.code,
    message: attempt.message,
    retry_after_ms: 'retryAfterMs' in attempt ? attempt.retryAfterMs : undefined,
  };
}

function offerRow(offer: Offer): object {
  return {
    service: offer.service,
    code: offer.code,
    price_minor: offer.priceMinor,
    rto_minor: offer.rtoMinor,
    days: offer.days,
    embargo: offer.embargo,
    prepaid: offer.prepaid,
    cod: offer.cod,
    prepaid_limit_minor: offer.prepaidLimitMinor,
    cod_limit_minor: offer.codLimitMinor,
  };
}
