import { placeOf } from '../delhivery/postal-circles.ts';
import type { World } from '../world.ts';
import { lastStepBeforeReturn, stepsOf } from './journey.ts';
import type { SrOrder, SrScan } from './records.ts';
import { pushStatus } from './webhook.ts';

/** When the courier comes: tomorrow at two, if anybody asks. */
export function nextVisit(world: World): number {
  const day = 24 * 3600_000;
  const istMidnight = Math.floor((world.now() + 330 * 60_000) / day) * day - 330 * 60_000;
  return istMidnight + day + 14 * 3600_000;
}

/** Shiprocket is asked for a visit per shipment: from then on it moves, a step each time. */
export function startMotion(world: World, order: SrOrder): void {
  recordStep(world, order);
  scheduleStep(world, order);
}

/** Goes on with everything that was under way when the books were written. */
export function resumeShiprocketMotion(world: World): void {
  for (const order of world.books.shiprocket.orders.values()) {
    if (order.cancelRequestedAt !== null && order.cancelledAt === null)
      scheduleCancel(world, order);
    else if (order.pickupToken !== null) scheduleStep(world, order);
  }
}

/** Before the pickup a parcel never leaves; after it, it turns back. Either way it takes a while. */
export function cancelMotion(world: World, order: SrOrder): void {
  if (order.cancelRequestedAt !== null) return;
  order.cancelRequestedAt = world.now();
  world.books.changed();
  if (order.awb === null) {
    order.cancelledAt = world.now();
    return;
  }
  if (order.position > 0) return turnBack(world, order);
  addScan(
    world,
    order,
    said(world, order, '16', 'CANCELLATION REQUESTED', 'Cancellation requested'),
  );
  scheduleCancel(world, order);
}

/** The customer's, the seller's or the courier's decision: the parcel goes home. */
export function turnBack(world: World, order: SrOrder): void {
  const hasTurned = order.journey === 'rto' && order.position > lastStepBeforeReturn;
  if (!hasTurned) order.position = lastStepBeforeReturn;
  order.journey = 'rto';
  world.books.changed();
}

export function isOver(order: SrOrder): boolean {
  const last = order.scans.at(-1);
  return order.cancelledAt !== null || (last !== undefined && /^(7|10|12)$/.test(last.srStatus));
}

function scheduleCancel(world: World, order: SrOrder): void {
  world.agenda.in(world.settings.parcelStepMs, () => {
    if (isForgotten(world, order) || order.cancelledAt !== null) return;
    order.cancelledAt = world.now();
    const account = world.settings.shiprocketAccounts.find(({ email }) => email === order.account);
    if (account !== undefined) world.books.shiprocket.charge(account, -order.freightPaise);
    addScan(world, order, said(world, order, '8', 'CANCELED', 'Shipment cancelled'));
  });
}

function scheduleStep(world: World, order: SrOrder): void {
  if (stepsOf(order)[order.position + 1] === undefined) return;
  // The next attempt is tomorrow: until then somebody can say what is to become of the parcel.
  const steps = order.scans.at(-1)?.srStatus === '21' ? world.settings.failureSteps : 1;
  world.agenda.in(steps * world.settings.parcelStepMs, () => {
    if (isForgotten(world, order)) return;
    if (order.cancelRequestedAt !== null && order.position === 0) return;
    recordStep(world, order);
    scheduleStep(world, order);
  });
}

function recordStep(world: World, order: SrOrder): void {
  const next = stepsOf(order)[order.position + 1];
  if (next === undefined) return;
  order.position += 1;
  const { srStatus, label, status, activity, where } = next;
  if (srStatus === '21') raiseNdr(world, order, activity);
  const location =
    where === 'origin' ? originOf(world, order) : (placeOf(order.pin)?.centre ?? order.city);
  addScan(world, order, { srStatus, label, status, activity, at: world.now(), location });
}

function raiseNdr(world: World, order: SrOrder, reason: string): void {
  const attempts = (order.ndr?.attempts ?? 0) + 1;
  const id = order.ndr?.id ?? world.books.nextSerial();
  const actions = order.ndr?.actions ?? [];
  order.ndr = { id, attempts, reason, raisedAt: world.now(), actions };
}

function addScan(world: World, order: SrOrder, scan: SrScan): void {
  order.scans.push(scan);
  world.books.changed();
  pushStatus(world, order);
}

function said(
  world: World,
  order: SrOrder,
  srStatus: string,
  label: string,
  activity: string,
): SrScan {
  const location = originOf(world, order);
  return { srStatus, label, status: 'CN', activity, at: world.now(), location };
}

function originOf(world: World, order: SrOrder): string {
  const account = world.settings.shiprocketAccounts.find(({ email }) => email === order.account);
  const from = account?.pickupLocations.find(({ nickname }) => nickname === order.pickupLocation);
  return placeOf(from?.pin ?? '')?.centre ?? order.pickupLocation;
}

/** Forgotten by a reset of the books. */
function isForgotten(world: World, order: SrOrder): boolean {
  return world.books.shiprocket.orders.get(order.id) !== order;
}
