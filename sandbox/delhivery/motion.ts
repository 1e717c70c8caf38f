import type { CarrierPickup, Parcel, Scan } from '../records.ts';
import type { World } from '../world.ts';
import { istDate, istTimestamp } from './ist.ts';
import { lastStepBeforeReturn, stepsOf } from './journey.ts';
import { placeOf } from './postal-circles.ts';

/** Parcels move by themselves: a step every `parcelStepMs` once the warehouse has its visit. */
export function collectIfAsked(world: World, parcel: Parcel): void {
  if (parcel.position !== 0 || parcel.cancelledAt !== null || parcel.pickupId !== null) return;
  const visit = visitFor(world, parcel);
  if (visit === undefined) return;
  parcel.pickupId = visit.id;
  world.books.changed();
  scheduleStep(world, parcel);
}

/** A pickup was asked for: everything that waits there leaves. */
export function collectWaiting(world: World, pickup: CarrierPickup): void {
  for (const parcel of world.books.parcels.values()) {
    if (parcel.warehouse === pickup.warehouse) collectIfAsked(world, parcel);
  }
}

/** Goes on with everything that was under way when the books were written. */
export function resumeMotion(world: World): void {
  for (const parcel of world.books.parcels.values()) {
    if (parcel.pickupId === null) collectIfAsked(world, parcel);
    else if (parcel.cancelledAt === null || parcel.position > 0) scheduleStep(world, parcel);
  }
}

/** Before the pickup a cancelled parcel never leaves; after it, it turns back. */
export function cancelMotion(world: World, parcel: Parcel): void {
  parcel.cancelledAt = world.now();
  world.books.changed();
  if (parcel.position > 0) {
    const hasTurned = parcel.journey === 'rto' && parcel.position > lastStepBeforeReturn;
    if (!hasTurned) parcel.position = lastStepBeforeReturn;
    parcel.journey = 'rto';
    return;
  }
  world.agenda.in(world.settings.parcelStepMs, () => {
    if (world.books.parcels.get(parcel.awb) !== parcel) return;
    addScan(world, parcel, {
      status: 'Not Picked',
      statusType: 'UD',
      code: 'DTUP-210',
      at: world.now(),
      location: originOf(world, parcel),
      instructions: 'Seller cancelled the order',
    });
  });
}

/**
 * The visit of the day. Days are as short here as steps are: an open request for a later day
 * serves as well, or a demo at night would stand still until the morning.
 */
function visitFor(world: World, parcel: Parcel): CarrierPickup | undefined {
  const today = istDate(world.now());
  return world.books.pickups.find(
    (pickup) =>
      pickup.account === parcel.account &&
      pickup.warehouse === parcel.warehouse &&
      pickup.date >= today,
  );
}

function scheduleStep(world: World, parcel: Parcel): void {
  if (stepsOf(parcel)[parcel.position + 1] === undefined) return;
  const hasFailed = parcel.scans.at(-1)?.status === 'Pending';
  const steps = hasFailed ? world.settings.failureSteps : 1;
  world.agenda.in(steps * world.settings.parcelStepMs, () => {
    // Forgotten by a reset, or cancelled while it still lay in the warehouse.
    if (world.books.parcels.get(parcel.awb) !== parcel) return;
    if (parcel.cancelledAt !== null && parcel.position === 0) return;
    recordStep(world, parcel);
    scheduleStep(world, parcel);
  });
}

export function recordStep(world: World, parcel: Parcel, pushDelayMs = 0): void {
  const next = stepsOf(parcel)[parcel.position + 1];
  if (next === undefined) return;
  parcel.position += 1;
  const { status, statusType, code, instructions, where } = next;
  const location =
    where === 'origin' ? originOf(world, parcel) : (placeOf(parcel.pin)?.centre ?? parcel.city);
  addScan(
    world,
    parcel,
    { status, statusType, code, at: world.now(), location, instructions },
    pushDelayMs,
  );
}

function originOf(world: World, parcel: Parcel): string {
  const account = world.settings.delhiveryAccounts.find(({ token }) => token === parcel.account);
  const warehouse = account?.warehouses.find(({ name }) => name === parcel.warehouse);
  return placeOf(warehouse?.pin ?? '')?.centre ?? parcel.warehouse;
}

function addScan(world: World, parcel: Parcel, scan: Scan, pushDelayMs = 0): void {
  parcel.scans.push(scan);
  world.books.changed();
  if (pushDelayMs > 0) world.agenda.in(pushDelayMs, () => pushScan(world, parcel, scan));
  else pushScan(world, parcel, scan);
}

/** Delhivery's scan push: no signature, one immediate second try, then never again. */
function pushScan(world: World, parcel: Parcel, scan: Scan): void {
  const { settings } = world;
  const account = settings.delhiveryAccounts.find(({ token }) => token === parcel.account);
  const url = account?.webhookUrl ?? settings.carrierWebhookUrl;
  if (url === null) return;
  world.webhooks.send({
    operation: 'delhivery.webhook',
    account: parcel.account,
    subject: parcel.awb,
    url,
    headers: {
      'content-type': 'application/json',
      [settings.carrierWebhookSecret.header]: settings.carrierWebhookSecret.value,
    },
    body: JSON.stringify({ Shipment: scanPush(parcel, scan) }),
    timeoutMs: settings.carrierWebhookTimeoutMs,
    retryGapsMs: [0],
  });
}

function scanPush(parcel: Parcel, scan: Scan): unknown {
  return {
    AWB: parcel.awb,
    ReferenceNo: parcel.reference,
    NSLCode: scan.code,
    Sortcode: placeOf(parcel.pin)?.sortCode ?? '',
    PickUpDate: istTimestamp(parcel.createdAt),
    Status: {
      Status: scan.status,
      StatusType: scan.statusType,
      StatusDateTime: istTimestamp(scan.at),
      StatusLocation: scan.location,
      Instructions: scan.instructions,
    },
  };
}
