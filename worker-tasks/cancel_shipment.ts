/**
 * Caused by: an automated order's `cancelled`, once per box that had not left; or a box that goes with
 * another carrier (`rebook_shipment`), which is planned anew once this is recorded.
 * Does: calls the parcel off at the carrier; of a box that was never booked, whatever its booking may have left.
 * Twice is harmless: carriers answer a repeated cancellation like the first.
 */
import type { Outcome } from '../outbound/outcome.ts';
import type { TaskContext } from '../worker/context.ts';
import { effectTask } from '../worker/effect-task.ts';
import type { Attempt, Effect } from '../worker/effect-task.ts';
import { asAttempt, carrierOf, ShipmentContext } from '../worker/shipment-context.ts';

export const task = effectTask(async (effect, context) => {
  const given = ShipmentContext.parse(effect.context);
  const { awb } = given.shipment;
  if (awb === null) return cancelUnbooked(effect, given, context);
  const cancelled = await carrierOf(effect, given.account, context).cancel(awb);
  if (cancelled.kind === 'done') return record(effect, context);
  if (cancelled.kind === 'refused') return tooLate(given, cancelled.message);
  if (cancelled.kind !== 'absent') return asAttempt(cancelled);
  // It gave out the number, so it will know it: some carriers take a while.
  const message = 'The carrier does not know the AWB yet.';
  return { kind: 'transient', code: 'NOT_KNOWN_YET', message };
});

/** The carrier has the parcel: from here on it is for a person. */
function tooLate({ order }: ShipmentContext, message: string): Attempt {
  const consequence =
    order.status === 'cancelled'
      ? 'The order is cancelled here, but its parcel travels: have it sent back.'
      : 'The box was not booked anew.';
  return { kind: 'refused', code: 'CARRIER_HAS_PARCEL', message: `${message}. ${consequence}` };
}

async function cancelUnbooked(
  effect: Effect,
  given: ShipmentContext,
  context: TaskContext,
): Promise<Attempt> {
  const { rows } = await context.db.query<{ open: boolean }>(
    'select app_private.booking_is_open($1, $2) as open',
    [effect.merchantId, effect.subjectId],
  );
  if (rows[0]?.open === true) {
    const message = 'A booking is under way; its outcome has to be known first.';
    return { kind: 'postponed', code: 'BOOKING_OPEN', message, dueInMs: 10_000, unknown: false };
  }
  const undone = await undoBooking(effect, given, context);
  return undone.kind === 'done' || undone.kind === 'absent'
    ? record(effect, context)
    : asAttempt(undone);
}

/** A booking whose outcome was never learnt may have made a parcel. */
async function undoBooking(
  effect: Effect,
  { account, leftover }: ShipmentContext,
  context: TaskContext,
): Promise<Outcome<true>> {
  if (leftover === null) return { kind: 'absent' };
  const carrier = carrierOf(effect, account, context);
  const { reserved_number: number, ...left } = leftover;
  return number !== null && left.sent ? carrier.cancel(number) : carrier.abandon(left);
}

async function record(effect: Effect, { db }: TaskContext): Promise<Attempt> {
  await db.query('select app_private.record_cancellation($1, $2, $3)', [
    effect.merchantId,
    effect.subjectId,
    effect.effect.epoch,
  ]);
  return { kind: 'recorded' };
}
