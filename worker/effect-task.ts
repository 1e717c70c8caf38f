/**
 * The frame around every task that works off an effect: parse → claim → call → record. The claim is a
 * lease with an epoch, so running a job twice, late or in parallel is harmless: one claimer wins, the
 * others get nothing and are done. Whatever goes wrong is recorded through `fail_effect`, which decides
 * what comes next; the sweeper adds the next job.
 */
import type { Task } from 'graphile-worker';
import { z } from 'zod';
import { describeError } from '../describe-error.ts';
import type { Postponed } from '../carriers/connector.ts';
import type { Outcome } from '../outbound/outcome.ts';
import { AccountNotReadyError } from './carrier-connector.ts';
import type { TaskContext } from './context.ts';

const Payload = z.object({ merchantId: z.number().int(), subjectId: z.uuid(), kind: z.string() });

const Claimed = z.object({
  effect: z.object({
    order_id: z.uuid(),
    shipment_id: z.uuid().nullable(),
    epoch: z.number().int(),
    attempts: z.number().int(),
    reference: z.string(),
    reserved_number: z.string().nullable(),
    memory: z.unknown().transform((memory) => memory ?? null),
    sent_at: z.string().nullable(),
    found_sending: z.boolean(),
    /** Of a message that was opened with the claim. */
    message_id: z.uuid().nullable(),
  }),
  policy: z.object({ settle_seconds: z.number() }),
  context: z.record(z.string(), z.unknown()),
});

export type Effect = z.infer<typeof Payload> & z.infer<typeof Claimed>;

/** How an attempt ended: recorded with its event, or one of the failures of {@link Outcome}. */
export type Attempt =
  | { kind: 'recorded'; next?: string | undefined }
  | Postponed
  | Exclude<Outcome<never>, { kind: 'done' | 'absent' | 'exists' }>;

/** Another worker holds the effect by now: nothing more may be done or recorded. */
export class ClaimLostError extends Error {}

export type EffectHandler = (effect: Effect, context: TaskContext) => Promise<Attempt>;

export function effectTask(handler: EffectHandler): (context: TaskContext) => Task {
  return (context) => async (rawPayload, helpers) => {
    const payload = Payload.parse(rawPayload);
    const { rows } = await context.db.query<{ claim: unknown }>(
      'select app_private.claim_effect($1, $2, $3, $4) as claim',
      [payload.merchantId, payload.subjectId, payload.kind, helpers.job.locked_by ?? 'worker'],
    );
    if (rows[0]?.claim == null) return;
    const effect: Effect = { ...payload, ...Claimed.parse(rows[0].claim) };
    const attempt = await attemptOf(handler, effect, context);
    if (attempt.kind !== 'recorded') return recordFailure(effect, attempt, context);
    context.log.info(
      { reference: effect.effect.reference, attempt: effect.effect.attempts, next: attempt.next },
      `${effect.kind} done`,
    );
  };
}

/** A bug in a task is a failed attempt like any other: it is retried, and a human hears of it at last. */
async function attemptOf(
  handler: EffectHandler,
  effect: Effect,
  context: TaskContext,
): Promise<Attempt> {
  try {
    return await handler(effect, context);
  } catch (error) {
    if (error instanceof ClaimLostError) return { kind: 'recorded' };
    if (error instanceof AccountNotReadyError) {
      return { kind: 'account', code: 'ACCOUNT_NOT_READY', message: error.message };
    }
    if (isDatabaseError(error) && !error.code.startsWith('WB')) throw error;
    context.log.error(
      { error: describeError(error), kind: effect.kind, subjectId: effect.subjectId },
      'a task failed',
    );
    const message = `The task stumbled: ${describeError(error).message}`;
    return {
      kind: effect.effect.sent_at === null ? 'transient' : 'unknown',
      code: 'TASK_FAILED',
      message,
    };
  }
}

function isDatabaseError(error: unknown): error is Error & { code: string } {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code.length === 5
  );
}

async function recordFailure(
  effect: Effect,
  attempt: Exclude<Attempt, { kind: 'recorded' }>,
  context: TaskContext,
): Promise<void> {
  const postponed = attempt.kind === 'postponed';
  const outcome = postponed ? (attempt.unknown ? 'unknown' : 'transient') : attempt.kind;
  const { rows } = await context.db.query<{ next: string }>(
    'select app_private.fail_effect($1, $2, $3, $4, $5, $6, $7, $8, $9) as next',
    [
      effect.merchantId,
      effect.subjectId,
      effect.kind,
      effect.effect.epoch,
      outcome,
      attempt.code,
      attempt.message,
      'retryAfterMs' in attempt ? (attempt.retryAfterMs ?? null) : null,
      postponed ? attempt.dueInMs : null,
    ],
  );
  context.log.info(
    {
      reference: effect.effect.reference,
      attempt: effect.effect.attempts,
      outcome,
      code: attempt.code,
      next: rows[0]?.next,
    },
    `${effect.kind} failed`,
  );
}
