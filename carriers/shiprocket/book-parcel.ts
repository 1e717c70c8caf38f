import type { Outcome } from '../../outbound/outcome.ts';
import { refuseUnbookable } from '../parcel.ts';
import { courierRefusedCode } from './assign-awb.ts';
import { assertBookable, declaredMinor, referenceOf } from './booking.ts';
import type { Booking } from './booking.ts';
import { assignAwb, cancelOrder, createOrder, findOrder, showOrder } from './calls.ts';
import type { ShiprocketSend } from './calls.ts';
import type { OpenedOrder } from './create-order.ts';
import type { FoundOrder } from './find-order.ts';

/** What an attempt leaves for the next one. It is committed before the call that follows it. */
export interface BookingMemory {
  /** Of the reference: 1, or one more for each order that came back cancelled. */
  round: number;
  /** A create of this round may have arrived. */
  sent: boolean;
  orderId: number | null;
  shipmentId: number | null;
  /** Asked for last: an unknown outcome is repeated with this one and no other. */
  courierId: number | null;
}

export interface BookingTask {
  booking: Booking;
  /** In the order in which they are to be tried. */
  courierIds: readonly number[];
  memory: BookingMemory;
  remember: (memory: BookingMemory) => Promise<void>;
}

export interface Booked {
  awb: string;
  reference: string;
  orderId: number;
  shipmentId: number;
  courierId: number | null;
  freightMinor: number | null;
  /** It was there already, from an attempt whose answer was lost. */
  found: boolean;
}

export const firstMemory: BookingMemory = {
  round: 1,
  sent: false,
  orderId: null,
  shipmentId: null,
  courierId: null,
};

type Unsuccessful = Exclude<Outcome<never>, { kind: 'done' | 'absent' }>;
type Step<T> = T | 'burnt' | Unsuccessful;

/** Whoever cancels each order at once would have us go round for ever. */
const mostRounds = 4;

/**
 * Order, then AWB, exactly once. An order is found by its reference, an AWB by its order, and only a
 * clear refusal leads to another courier or another reference: nothing unknown ever does.
 */
export async function bookParcel(
  send: ShiprocketSend,
  task: BookingTask,
): Promise<Outcome<Booked>> {
  const unbookable = refuseUnbookable(() => assertBookable(task.booking));
  if (unbookable !== null) return unbookable;
  let { memory } = task;
  const remember = async (change: Partial<BookingMemory>): Promise<void> => {
    memory = { ...memory, ...change };
    await task.remember(memory);
  };
  for (;;) {
    const outcome = await oneRound(send, task, () => memory, remember);
    if (outcome !== 'burnt') return outcome;
    if (memory.round >= mostRounds) {
      const message = 'Shiprocket cancels every order made for this parcel';
      return { kind: 'refused', code: 'orders-cancelled', message };
    }
    await remember({ ...firstMemory, round: memory.round + 1 });
  }
}

type Remember = (change: Partial<BookingMemory>) => Promise<void>;

async function oneRound(
  send: ShiprocketSend,
  task: BookingTask,
  memory: () => BookingMemory,
  remember: Remember,
): Promise<Step<Outcome<Booked>>> {
  const order = await openOrder(send, task.booking, memory(), remember);
  if (order === 'burnt' || 'kind' in order) return order;
  const reference = referenceOf(task.booking.reference, memory().round);
  const ids = { reference, orderId: order.orderId, shipmentId: order.shipmentId };
  if (order.awb !== null) return adopted(ids, order.awb, memory().courierId);
  await remember({ orderId: order.orderId, shipmentId: order.shipmentId });
  return assign(send, task, ids, memory, remember);
}

type Ids = Pick<Booked, 'reference' | 'orderId' | 'shipmentId'>;

function adopted(ids: Ids, awb: string, courierId: number | null): Outcome<Booked> {
  return { kind: 'done', value: { ...ids, awb, courierId, freightMinor: null, found: true } };
}

/** The order that this round's parcel is under: the one there is, or a new one. */
async function openOrder(
  send: ShiprocketSend,
  booking: Booking,
  memory: BookingMemory,
  remember: Remember,
): Promise<Step<OpenedOrder>> {
  const reference = referenceOf(booking.reference, memory.round);
  if (memory.orderId !== null) return existing(booking, await send(showOrder(memory.orderId)));
  if (memory.sent) {
    const found = await send(findOrder(reference));
    if (found.kind !== 'absent') return existing(booking, found);
  }
  await remember({ sent: true });
  const created = await send(createOrder(booking, memory.round));
  if (created.kind === 'exists') return existing(booking, await send(findOrder(reference)));
  if (created.kind === 'absent') return nothing(created.kind);
  if (created.kind !== 'done') return created;
  if (created.value.cancelled) return 'burnt';
  if (created.value.awb === null) return created.value;
  // It ships already: by its own account, with the amount that we mean?
  return existing(booking, await send(showOrder(created.value.orderId)));
}

/** An order from before counts only if it asks for the right money at the door. */
function existing(booking: Booking, found: Outcome<FoundOrder>): Step<OpenedOrder> {
  if (found.kind === 'absent') return nothing(found.kind);
  // A look-up that failed leaves the outcome as unknown as it was.
  if (found.kind === 'transient' || found.kind === 'drift') {
    return { kind: 'unknown', code: found.code, message: found.message };
  }
  if (found.kind !== 'done') return found;
  const order = found.value;
  if (order.cancelled) return 'burnt';
  if (order.cancelling) {
    const message = 'A cancellation of the order is under way: its end has to be known first';
    return { kind: 'unknown', code: 'cancellation-pending', message };
  }
  const differs =
    (order.payment !== null && order.payment !== booking.payment.mode) ||
    // Of a prepaid parcel nobody knows what else their total has in it, and nobody asks for it.
    (booking.payment.mode === 'cod' &&
      order.totalMinor !== null &&
      order.totalMinor !== declaredMinor(booking));
  if (!differs) return order;
  const message = 'The order at Shiprocket asks for another amount at the door than ours';
  return { kind: 'refused', code: 'amount-differs', message, field: 'payment' };
}

function nothing(code: string): Unsuccessful {
  const message = 'Shiprocket says that it has the order, and does not find it';
  return { kind: 'unknown', code, message };
}

/** One courier after the other, but the next only after a clear refusal. */
async function assign(
  send: ShiprocketSend,
  task: BookingTask,
  ids: Ids,
  memory: () => BookingMemory,
  remember: Remember,
): Promise<Step<Outcome<Booked>>> {
  const first = memory().courierId;
  const others = task.courierIds.slice(task.courierIds.indexOf(first ?? -1) + 1);
  const wanted = first === null ? task.courierIds : [first, ...others];
  let last: Outcome<Booked> = {
    kind: 'refused',
    code: 'no-courier',
    message: 'No courier behind Shiprocket takes the parcel',
  };
  for (const courierId of wanted) {
    await remember({ courierId });
    const assigned = await send(assignAwb(ids.shipmentId, courierId));
    if (assigned.kind === 'done') {
      const { awb, freightMinor } = assigned.value;
      const taken = assigned.value.courierId ?? courierId;
      return { kind: 'done', value: { ...ids, awb, courierId: taken, freightMinor, found: false } };
    }
    if (assigned.kind === 'exists') return adoptAwb(send, task.booking, ids, courierId);
    if (assigned.kind !== 'refused') return assigned;
    if (assigned.code === 'order-cancelled') return 'burnt';
    last = assigned;
    if (assigned.code !== courierRefusedCode) break;
  }
  return last;
}

async function adoptAwb(
  send: ShiprocketSend,
  booking: Booking,
  ids: Ids,
  courierId: number,
): Promise<Step<Outcome<Booked>>> {
  const order = existing(booking, await send(showOrder(ids.orderId)));
  if (order === 'burnt' || 'kind' in order) return order;
  if (order.awb !== null) return adopted(ids, order.awb, courierId);
  const message = 'The shipment is said to have an AWB, and shows none yet';
  return { kind: 'unknown', code: 'awb-not-shown', message };
}

/** After a final failure: the order goes, unless it turns out that it ships. */
export async function abandonOrder(
  send: ShiprocketSend,
  memory: BookingMemory,
): Promise<Outcome<true>> {
  if (memory.orderId === null) return { kind: 'done', value: true };
  const found = await send(showOrder(memory.orderId));
  if (found.kind === 'absent') return { kind: 'done', value: true };
  if (found.kind !== 'done') return found;
  if (found.value.cancelled) return { kind: 'done', value: true };
  if (found.value.awb !== null) {
    const message = 'The order has an AWB: it has to be cancelled as a parcel';
    return { kind: 'exists', code: 'order-ships', message };
  }
  return send(cancelOrder(memory.orderId));
}
