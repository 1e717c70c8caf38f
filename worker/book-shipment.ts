/** Booking one parcel with Delhivery, exactly once. */
import type { Booking } from '../carriers/delhivery/booking.ts';
import { UnbookableError } from '../carriers/delhivery/booking.ts';
import { buildCreateShipment, parseCreateShipment } from '../carriers/delhivery/create-shipment.ts';
import {
  buildReserveWaybills,
  parseReserveWaybills,
} from '../carriers/delhivery/reserve-waybills.ts';
import {
  buildTrackByReferences,
  buildTrackByWaybills,
  parseTracking,
} from '../carriers/delhivery/track-shipments.ts';
import type { Outcome } from '../outbound/outcome.ts';
import { delhiveryAccount } from './accounts.ts';
import type { TaskContext } from './context.ts';
import type { Attempt, Effect } from './effect-task.ts';
import { callCarrier, ShipmentContext } from './shipment-context.ts';

/** Bulk reservations are limited to five in five minutes, so a batch has to last a while. */
const waybillsAtOnce = 500;

export async function bookShipment(effect: Effect, context: TaskContext): Promise<Attempt> {
  const given = ShipmentContext.parse(effect.context);
  if (given.order.status === 'cancelled' && !effect.effect.found_sending) {
    return {
      kind: 'refused',
      code: 'ORDER_CANCELLED',
      message: 'The order was cancelled before it was booked.',
    };
  }
  const waybill = effect.effect.reserved_number ?? (await reserveWaybill(effect, given, context));
  if (typeof waybill !== 'string') return waybill;
  if (effect.effect.found_sending) {
    const known = await lookUp(effect, given, waybill, context);
    if (known !== 'send again') return known;
  }
  return send(effect, given, waybill, context);
}

/** The number is stored, and the effect committed as `sending`, before anything is sent with it. */
async function reserveWaybill(
  effect: Effect,
  given: ShipmentContext,
  context: TaskContext,
): Promise<string | Attempt> {
  const reserved = await callCarrier(effect, given.account, context, {
    operation: 'reserve_waybills',
    request: buildReserveWaybills(delhiveryAccount(given.account, context.config), waybillsAtOnce),
    does: 'read',
    parse: parseReserveWaybills,
  });
  if (reserved.kind !== 'done') return asAttempt(reserved);
  const { rows } = await context.db.query<{ waybill: string | null }>(
    'select app_private.refill_awb_pool($1, $2, $3, $4, $5) as waybill',
    [effect.merchantId, effect.subjectId, effect.effect.epoch, given.account.id, reserved.value],
  );
  return rows[0]?.waybill ?? { kind: 'recorded' };
}

async function send(
  effect: Effect,
  given: ShipmentContext,
  waybill: string,
  context: TaskContext,
): Promise<Attempt> {
  const booking = bookingOf(effect, given, waybill);
  let request;
  try {
    request = buildCreateShipment(delhiveryAccount(given.account, context.config), booking);
  } catch (error) {
    if (!(error instanceof UnbookableError)) throw error;
    return { kind: 'refused', code: 'UNBOOKABLE', message: error.message };
  }
  const created = await callCarrier(effect, given.account, context, {
    operation: 'create_shipment',
    request,
    does: 'effect',
    parse: (answer) => parseCreateShipment(booking, answer),
  });
  if (created.kind === 'done') return record(effect, waybill, false, context);
  if (created.kind !== 'exists') return asAttempt(created);
  const known = await lookUp(effect, given, waybill, context);
  return known === 'send again'
    ? { kind: 'unknown', code: created.code, message: created.message }
    : known;
}

/**
 * After an unknown outcome: by our waybill first, then by our reference. "Not found" proves nothing
 * until the settle time since sending is over; then the same waybill is sent again.
 */
async function lookUp(
  effect: Effect,
  given: ShipmentContext,
  waybill: string,
  context: TaskContext,
): Promise<Attempt | 'send again'> {
  const account = delhiveryAccount(given.account, context.config);
  const requests = [
    buildTrackByWaybills(account, [waybill]),
    buildTrackByReferences(account, [effect.effect.reference]),
  ];
  for (const request of requests) {
    const found = await callCarrier(effect, given.account, context, {
      operation: 'look_up',
      request,
      does: 'read',
      parse: parseTracking,
    });
    if (found.kind === 'absent') continue;
    if (found.kind !== 'done') return stillUnknown(found);
    const ours = found.value.shipments.find((parcel) => parcel.awb === waybill);
    if (ours !== undefined) return record(effect, waybill, true, context);
  }
  const sentAt = new Date(effect.effect.sent_at ?? 0).getTime();
  const dueInMs = sentAt + effect.policy.settle_seconds * 1000 - context.now().getTime();
  if (dueInMs > 0) {
    const message = 'Delhivery does not know the waybill yet; the settle time is not over.';
    return {
      kind: 'postponed',
      code: 'SETTLING',
      message,
      dueInMs: Math.min(dueInMs, 15_000),
      unknown: true,
    };
  }
  const { rows } = await context.db.query<{ ours: boolean }>(
    'select app_private.resend_effect($1, $2, $3, $4) as ours',
    [effect.merchantId, effect.subjectId, effect.kind, effect.effect.epoch],
  );
  return rows[0]?.ours === true ? 'send again' : { kind: 'recorded' };
}

async function record(
  effect: Effect,
  awb: string,
  found: boolean,
  { db }: TaskContext,
): Promise<Attempt> {
  await db.query('select app_private.record_booking($1, $2, $3, $4, $5)', [
    effect.merchantId,
    effect.subjectId,
    effect.effect.epoch,
    awb,
    found,
  ]);
  return { kind: 'recorded' };
}

type Unsuccessful = Exclude<Outcome<never>, { kind: 'done' }>;

function asAttempt(outcome: Unsuccessful): Attempt {
  if (outcome.kind === 'absent')
    return { kind: 'drift', code: 'ABSENT', message: 'The carrier answered with nothing.' };
  if (outcome.kind === 'exists')
    return { kind: 'unknown', code: outcome.code, message: outcome.message };
  return outcome;
}

/** A look-up that failed leaves the outcome as unknown as it was. */
function stillUnknown(outcome: Unsuccessful): Attempt {
  if (!('code' in outcome))
    return { kind: 'unknown', code: 'ABSENT', message: 'The carrier answered with nothing.' };
  return { kind: 'unknown', code: outcome.code, message: outcome.message };
}

function bookingOf(
  effect: Effect,
  { order, shipment, location }: ShipmentContext,
  waybill: string,
): Booking {
  const { contact } = order;
  const goods = order.items.filter((item) => item.requires_shipping);
  return {
    reference: effect.effect.reference,
    waybill,
    consignee: {
      name: contact.name ?? '',
      phone: (contact.phone_e164 ?? '').replace(/^\+91/, ''),
      addressLines: [contact.address1, contact.address2].filter((line) => line !== null),
      city: contact.city ?? '',
      state: contact.state ?? '',
      pincode: contact.pincode ?? '',
      country: contact.country ?? 'IN',
    },
    pickupLocation: { ...location, name: location.registered_name },
    payment:
      shipment.cod_amount_minor > 0
        ? { mode: 'cod', amountMinor: shipment.cod_amount_minor }
        : { mode: 'prepaid' },
    totalMinor: shipment.declared_minor,
    description: goods
      .map((item) => `${item.title} x ${item.quantity}`)
      .join(', ')
      .slice(0, 200),
    quantity: goods.reduce((sum, item) => sum + item.quantity, 0),
    weightGrams: shipment.weight_grams,
    lengthMm: shipment.length_mm,
    widthMm: shipment.width_mm,
    heightMm: shipment.height_mm,
    hsnCode: goods.find((item) => item.hsn_code !== null)?.hsn_code ?? null,
    orderedAt: new Date(order.placed_at).toISOString(),
    sellerName: order.store,
  };
}
