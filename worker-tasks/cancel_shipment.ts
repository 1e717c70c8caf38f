/**
 * Caused by: an automated order's `cancelled`, once per box that had not left.
 * Does: calls the parcel off at the carrier; a box that was never booked is just marked.
 * Twice is harmless: Delhivery answers a repeated cancellation like the first.
 */
import { buildCancelShipment, parseCancelShipment } from '../carriers/delhivery/cancel-shipment.ts';
import { delhiveryAccount } from '../worker/accounts.ts';
import type { TaskContext } from '../worker/context.ts';
import { effectTask } from '../worker/effect-task.ts';
import type { Attempt, Effect } from '../worker/effect-task.ts';
import { callCarrier, ShipmentContext } from '../worker/shipment-context.ts';

export const task = effectTask(async (effect, context) => {
  const { shipment, account } = ShipmentContext.parse(effect.context);
  if (shipment.awb === null) return cancelUnbooked(effect, context);
  const awb = shipment.awb;
  const cancelled = await callCarrier(effect, account, context, {
    operation: 'cancel_shipment',
    request: buildCancelShipment(delhiveryAccount(account, context.config), awb),
    does: 'effect',
    parse: (answer) => parseCancelShipment(awb, answer),
  });
  if (cancelled.kind === 'done') return record(effect, context);
  if (cancelled.kind === 'absent' || cancelled.kind === 'exists') {
    return {
      kind: 'drift',
      code: 'UNEXPECTED_ANSWER',
      message: 'Delhivery answered a cancellation with something else.',
    };
  }
  return cancelled;
});

async function cancelUnbooked(effect: Effect, context: TaskContext): Promise<Attempt> {
  const { rows } = await context.db.query<{ open: boolean }>(
    'select app_private.booking_is_open($1, $2) as open',
    [effect.merchantId, effect.subjectId],
  );
  if (rows[0]?.open === true) {
    const message = 'A booking is under way; its outcome has to be known first.';
    return { kind: 'postponed', code: 'BOOKING_OPEN', message, dueInMs: 10_000, unknown: false };
  }
  return record(effect, context);
}

async function record(effect: Effect, { db }: TaskContext): Promise<Attempt> {
  await db.query('select app_private.record_cancellation($1, $2, $3)', [
    effect.merchantId,
    effect.subjectId,
    effect.effect.epoch,
  ]);
  return { kind: 'recorded' };
}
