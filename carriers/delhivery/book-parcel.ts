import type { Outcome } from '../../outbound/outcome.ts';
import type { Booked, BookingAttempt, Failed, Postponed } from '../connector.ts';
import { refuseUnbookable } from '../parcel.ts';
import { assertBookable } from './booking.ts';
import type { Booking } from './booking.ts';
import { createShipment, lookUpReference, lookUpWaybill, reserveWaybills } from './calls.ts';
import type { DelhiverySend } from './calls.ts';

type Attempt = Omit<BookingAttempt, 'parcel' | 'memory'> & { now: Date };

/** Bulk reservations are limited to five in five minutes, so a batch has to last a while. */
const waybillsAtOnce = 500;

/** A look-up soon after sending is repeated this often until the settle time is over. */
const lookAgainMs = 15_000;

/**
 * A parcel, exactly once: under a waybill that was reserved and committed before. A number that
 * Delhivery may have is sent again, never exchanged for another one.
 */
export async function bookOnce(
  send: DelhiverySend,
  bookingWith: (waybill: string) => Booking,
  attempt: Attempt,
): Promise<Outcome<Booked> | Postponed> {
  const waybill = attempt.reservedNumber ?? (await reserve(send, attempt));
  if (typeof waybill !== 'string') return waybill;
  const booking = bookingWith(waybill);
  if (attempt.foundSending) {
    const known = await lookUp(send, booking, attempt);
    if (known !== 'send again') return known;
    await attempt.remember({});
  }
  return create(send, booking, attempt);
}

async function reserve(send: DelhiverySend, { stockNumbers }: Attempt): Promise<string | Failed> {
  const reserved = await send(reserveWaybills(waybillsAtOnce));
  return reserved.kind === 'done' ? stockNumbers(reserved.value) : reserved;
}

async function create(
  send: DelhiverySend,
  booking: Booking,
  attempt: Attempt,
): Promise<Outcome<Booked> | Postponed> {
  const unbookable = refuseUnbookable(() => assertBookable(booking));
  if (unbookable !== null) return unbookable;
  const created = await send(createShipment(booking));
  if (created.kind === 'done') return bookedOf(booking, created.value.sortCode, false);
  if (created.kind !== 'exists') return created;
  const known = await lookUp(send, booking, attempt);
  return known === 'send again'
    ? { kind: 'unknown', code: created.code, message: created.message }
    : known;
}

/**
 * After an unknown outcome: by our waybill first, then by our reference. "Not found" proves nothing
 * until the settle time since sending is over; then the same waybill is sent again.
 */
async function lookUp(
  send: DelhiverySend,
  booking: Booking,
  { settlesAt, now }: Attempt,
): Promise<Outcome<Booked> | Postponed | 'send again'> {
  const questions = [lookUpWaybill(booking.waybill), lookUpReference(booking.reference)];
  for (const question of questions) {
    const found = await send(question);
    if (found.kind === 'absent') continue;
    if (found.kind !== 'done') return stillUnknown(found);
    const ours = found.value.shipments.some(({ awb }) => awb === booking.waybill);
    if (ours) return bookedOf(booking, null, true);
  }
  const dueInMs = settlesAt.getTime() - now.getTime();
  if (dueInMs <= 0) return 'send again';
  const message = 'Delhivery does not know the waybill yet; the settle time is not over.';
  return {
    kind: 'postponed',
    code: 'SETTLING',
    message,
    dueInMs: Math.min(dueInMs, lookAgainMs),
    unknown: true,
  };
}

/** A look-up that failed leaves the outcome as unknown as it was. */
function stillUnknown(outcome: Failed): Failed {
  const { code, message } =
    'code' in outcome ? outcome : { code: 'absent', message: 'Delhivery answered with nothing' };
  return { kind: 'unknown', code, message };
}

function bookedOf(booking: Booking, sortCode: string | null, found: boolean): Outcome<Booked> {
  const { waybill: awb, reference } = booking;
  const routing = sortCode === null ? [] : [sortCode];
  const more = { ids: {}, courier: null, freightMinor: null, routing, found };
  return { kind: 'done', value: { awb, reference, ...more } };
}
