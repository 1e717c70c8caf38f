import type { Outcome } from '../../outbound/outcome.ts';
import type { Booked, BookingAttempt } from '../connector.ts';
import { refuseUnbookable } from '../parcel.ts';
import { assertBookable } from './booking.ts';
import type { Booking } from './booking.ts';
import { createShipment, lookUpReference, lookUpWaybill } from './calls.ts';
import type { BlueDartSend } from './calls.ts';
import type { Created } from './create-shipment.ts';
import { blueDartReference } from './reference.ts';
import type { TrackedShipment } from './track-shipments.ts';

/**
 * A waybill, exactly once. Blue Dart reserves no numbers, but it answers a repeated reference with the
 * waybill that there is; so after an unknown outcome a look-up comes first, and sending again is safe
 * when it finds nothing.
 */
export async function bookOnce(
  send: BlueDartSend,
  booking: Booking,
  { foundSending, remember }: Pick<BookingAttempt, 'foundSending' | 'remember'>,
): Promise<Outcome<Booked>> {
  const unbookable = refuseUnbookable(() => assertBookable(booking));
  if (unbookable !== null) return unbookable;
  if (foundSending) {
    const known = await liveWaybill(send, booking.reference);
    if (known.kind !== 'absent') return adopt(booking, known);
  }
  await remember({});
  const created = await send(createShipment(booking));
  if (created.kind === 'exists') {
    return adopt(booking, await liveWaybill(send, booking.reference));
  }
  if (created.kind !== 'done') return created;
  return created.value.adopted
    ? unlessCancelled(send, booking, created.value)
    : { kind: 'done', value: bookedOf(booking, created.value) };
}

/** The one waybill under our reference; `absent`: there is none. */
export async function liveWaybill(send: BlueDartSend, reference: string): Promise<Outcome<string>> {
  const found = await send(lookUpReference(reference));
  if (found.kind !== 'done') return found;
  const sent = blueDartReference(reference);
  const ours = found.value.shipments.filter(
    (one) => one.reference === null || one.reference === sent,
  );
  const live = ours.filter((one) => !isCancelled(one));
  const [only] = live;
  if (only === undefined) return { kind: 'absent' };
  if (live.length === 1) return { kind: 'done', value: only.awb };
  const message = `Blue Dart has ${live.length} waybills under our reference`;
  return { kind: 'refused', code: 'waybills-differ', message };
}

/** A look-up that failed leaves the outcome as unknown as it was. */
function adopt(booking: Booking, found: Outcome<string>): Outcome<Booked> {
  if (found.kind === 'refused') return found;
  if (found.kind !== 'done') {
    const { code, message } = 'code' in found ? found : { code: 'absent', message: 'Not found' };
    return { kind: 'unknown', code, message };
  }
  const routing = { area: '', serviceCentre: '', cluster: null };
  const created = { awb: found.value, routing, adopted: true, balanceMinor: null };
  return { kind: 'done', value: bookedOf(booking, created) };
}

/** The waybill that is there may have been called off: then nobody would ever collect it. */
async function unlessCancelled(
  send: BlueDartSend,
  booking: Booking,
  created: Created,
): Promise<Outcome<Booked>> {
  const found = await send(lookUpWaybill(created.awb));
  const cancelled = found.kind === 'done' && found.value.shipments.some(isCancelled);
  if (cancelled) {
    const message = 'Blue Dart has a cancelled waybill under our reference';
    return { kind: 'refused', code: 'waybill-cancelled', message };
  }
  return { kind: 'done', value: bookedOf(booking, created) };
}

function isCancelled({ scans }: TrackedShipment): boolean {
  return scans.at(-1)?.status === 'cancelled';
}

function bookedOf(booking: Booking, { awb, routing, adopted }: Created): Booked {
  return {
    awb,
    reference: blueDartReference(booking.reference),
    ids: {},
    courier: null,
    freightMinor: null,
    routing: [routing.area, routing.serviceCentre].filter((code) => code !== ''),
    found: adopted,
  };
}
