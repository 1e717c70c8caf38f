/** The label of a booked parcel: its own retryable step, because a carrier may take a minute for it. */
import type { TaskContext } from './context.ts';
import type { Attempt, Effect } from './effect-task.ts';
import { asAttempt, carrierOf, parcelOf, ShipmentContext } from './shipment-context.ts';

const notYet: Attempt = {
  kind: 'transient',
  code: 'NOT_MANIFESTED_YET',
  message: 'The carrier has no label for this AWB yet.',
};

export async function fetchLabel(effect: Effect, context: TaskContext): Promise<Attempt> {
  const given = ShipmentContext.parse(effect.context);
  const { awb, carrier_ids: ids, routing } = given.shipment;
  const booked = { awb: awb ?? '', ids: ids ?? {}, routing: routing?.split('/') ?? [] };
  const label = await carrierOf(effect, given.account, context).label(
    parcelOf(effect.effect.reference, given),
    booked,
  );
  if (label.kind === 'absent') return notYet;
  if (label.kind !== 'done') return asAttempt(label);
  await context.db.query('select app_private.record_label($1, $2, $3, $4)', [
    effect.merchantId,
    effect.subjectId,
    effect.effect.epoch,
    Buffer.from(label.value),
  ]);
  return { kind: 'recorded' };
}
