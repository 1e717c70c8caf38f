import type { Outcome } from '../../outbound/outcome.ts';
import type { Booked, BookingAttempt, Send, ServiceCall } from '../connector.ts';
import { UnbookableError } from '../parcel.ts';
import type { BlueDartSession } from './account.ts';
import { assertBookable } from './booking.ts';
import type { Booking } from './booking.ts';
import { buildCreateShipment, parseCreateShipment } from './create-shipment.ts';
import type { Created } from './create-shipment.ts';
import { policies } from './policies.ts';
import { blueDartReference } from './reference.ts';
import { buildTrackByReferences, buildTrackByWaybills, parseTracking } from './track-shipments.ts';
import type { Tracked, TrackedShipment } from './track-shipments.ts';

type BlueDartSend = Send<BlueDartSession>;

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
  const unbookable = refuseUnbookable(booking);
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

function refuseUnbookable(booking: Booking): Outcome<never> | null {
  try {
    assertBookable(booking);
    return null;
  } catch (error) {
    if (!(error instanceof UnbookableError)) throw error;
    return { kind: 'refused', code: 'unbookable', message: error.message, field: error.field };
  }
}

function createShipment(booking: Booking): ServiceCall<BlueDartSession, Created> {
  return {
    operation: 'create_shipment',
    policy: policies.create_shipment,
    build: (session) => buildCreateShipment(session, booking),
    parse: (_session, answer) => parseCreateShipment(booking, answer),
  };
}

const trackByReference = (reference: string): ServiceCall<BlueDartSession, Tracked> => ({
  operation: 'look_up',
  policy: policies.look_up,
  build: (session) => buildTrackByReferences(session, [reference]),
  parse: (_session, answer) => parseTracking(answer),
});

const trackByWaybill = (awb: string): ServiceCall<BlueDartSession, Tracked> => ({
  operation: 'look_up',
  policy: policies.look_up,
  build: (session) => buildTrackByWaybills(session, [awb]),
  parse: (_session, answer) => parseTracking(answer),
});

async function lookUp(
  send: BlueDartSend,
  question: ServiceCall<BlueDartSession, Tracked>,
): Promise<Outcome<TrackedShipment[]>> {
  const found = await send(question);
  if (found.kind !== 'done') return found;
  return { kind: 'done', value: found.value.shipments };
}

/** The one waybill under our reference; `absent`: there is none. */
export async function liveWaybill(send: BlueDartSend, reference: string): Promise<Outcome<string>> {
  const found = await lookUp(send, trackByReference(reference));
  if (found.kind !== 'done') return found;
  const sent = blueDartReference(reference);
  const ours = found.value.filter((one) => one.reference === null || one.reference === sent);
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
  const found = await lookUp(send, trackByWaybill(created.awb));
  const cancelled = found.kind === 'done' && found.value.some(isCancelled);
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
