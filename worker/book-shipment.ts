/** Booking one parcel with its carrier, exactly once. */
import type { BookingAttempt } from '../carriers/connector.ts';
import type { TaskContext } from './context.ts';
import { ClaimLostError } from './effect-task.ts';
import type { Attempt, Effect } from './effect-task.ts';
import { asAttempt, carrierOf, parcelOf, ShipmentContext } from './shipment-context.ts';

export async function bookShipment(effect: Effect, context: TaskContext): Promise<Attempt> {
  const given = ShipmentContext.parse(effect.context);
  const { found_sending: foundSending, memory } = effect.effect;
  if (given.order.status === 'cancelled' && !foundSending && memory === null) {
    return {
      kind: 'refused',
      code: 'ORDER_CANCELLED',
      message: 'The order was cancelled before it was booked.',
    };
  }
  const booked = await carrierOf(effect, given.account, context).book(
    attemptOf(effect, given, context),
  );
  if (booked.kind === 'postponed') return booked;
  if (booked.kind !== 'done') return asAttempt(booked);
  const { freightMinor, routing, ...rest } = booked.value;
  await context.db.query('select app_private.record_booking($1, $2, $3, $4)', [
    effect.merchantId,
    effect.subjectId,
    effect.effect.epoch,
    { ...rest, freight_minor: freightMinor, routing: routing.join('/') || null },
  ]);
  return { kind: 'recorded' };
}

function attemptOf(effect: Effect, given: ShipmentContext, { db }: TaskContext): BookingAttempt {
  const { epoch, reference, sent_at: sentAt, found_sending: foundSending } = effect.effect;
  const settleMs = effect.policy.settle_seconds * 1000;
  return {
    parcel: parcelOf(reference, given),
    foundSending,
    settlesAt: new Date(new Date(sentAt ?? 0).getTime() + settleMs),
    reservedNumber: effect.effect.reserved_number,
    memory: effect.effect.memory,
    stockNumbers: async (numbers) => {
      const { rows } = await db.query<{ awb: string | null }>(
        'select app_private.refill_awb_pool($1, $2, $3, $4, $5) as awb',
        [effect.merchantId, effect.subjectId, epoch, given.account.id, numbers],
      );
      if (rows[0]?.awb == null) throw new ClaimLostError();
      return rows[0].awb;
    },
    remember: async (memory) => {
      const { rows } = await db.query<{ ours: boolean }>(
        'select app_private.remember_booking($1, $2, $3, $4) as ours',
        [effect.merchantId, effect.subjectId, epoch, memory],
      );
      if (rows[0]?.ours !== true) throw new ClaimLostError();
    },
  };
}
