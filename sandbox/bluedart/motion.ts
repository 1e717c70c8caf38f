import type { World } from '../world.ts';
import { isFailedAttempt, stepsOf } from './journey.ts';
import type { BlueDartParcel, BlueDartPickup, BlueDartScan } from './records.ts';
import { servedPin } from './finder.ts';
import { clock, dayOf, pushDate } from './times.ts';

/** A parcel waits at its shipper until a pickup there is registered; then a step every `parcelStepMs`. */
export function collectIfAsked(world: World, parcel: BlueDartParcel): void {
  const { position, cancelledAt, pickupToken } = parcel;
  if (position !== 0 || cancelledAt !== null || pickupToken !== null) return;
  const today = dayOf(world.now());
  const visit = world.books.bluedart.pickups.find(
    (pickup) => isFor(pickup, parcel) && pickup.cancelledAt === null && pickup.date >= today,
  );
  if (visit === undefined) return;
  parcel.pickupToken = visit.token;
  world.books.changed();
  // Told of at once, and not a collection.
  const text = { text: 'PICKUP HAS BEEN REGISTERED', code: '030', type: 'UD', group: 'S' };
  addScan(world, parcel, { ...text, at: world.now(), ...placeOf(parcel.originPin) });
  scheduleStep(world, parcel);
}

function isFor(pickup: BlueDartPickup, parcel: BlueDartParcel): boolean {
  return pickup.account === parcel.account && pickup.pin === parcel.originPin;
}

export function collectWaiting(world: World, pickup: BlueDartPickup): void {
  for (const parcel of world.books.bluedart.parcels.values()) {
    if (isFor(pickup, parcel)) collectIfAsked(world, parcel);
  }
}

export function resumeBlueDartMotion(world: World): void {
  for (const parcel of world.books.bluedart.parcels.values()) {
    if (parcel.pickupToken === null) collectIfAsked(world, parcel);
    else if (parcel.cancelledAt === null) scheduleStep(world, parcel);
  }
}

/** In-scanned: from here on Blue Dart no longer cancels. */
export function hasLeft(parcel: BlueDartParcel): boolean {
  return parcel.position > 0;
}

function scheduleStep(world: World, parcel: BlueDartParcel): void {
  if (stepsOf(parcel)[parcel.position + 1] === undefined) return;
  const steps = isFailedAttempt(stepsOf(parcel)[parcel.position]) ? world.settings.failureSteps : 1;
  world.agenda.in(steps * world.settings.parcelStepMs, () => {
    // Forgotten by a reset, cancelled, or its pickup was called off.
    if (world.books.bluedart.parcels.get(parcel.awb) !== parcel) return;
    if (parcel.cancelledAt !== null || parcel.pickupToken === null) return;
    recordStep(world, parcel);
    scheduleStep(world, parcel);
  });
}

export function recordStep(world: World, parcel: BlueDartParcel, pushDelayMs = 0): void {
  const next = stepsOf(parcel)[parcel.position + 1];
  if (next === undefined) return;
  parcel.position += 1;
  const { text, code, type, group, where } = next;
  const place = placeOf(where === 'origin' ? parcel.originPin : parcel.pin);
  addScan(world, parcel, { text, code, type, group, at: world.now(), ...place }, pushDelayMs);
}

function placeOf(pin: string): { location: string; areaCode: string } {
  const served = servedPin(pin);
  return { location: `${served?.city ?? ''} HUB`.trim(), areaCode: served?.area ?? '' };
}

function addScan(world: World, parcel: BlueDartParcel, scan: BlueDartScan, pushDelayMs = 0): void {
  parcel.scans.push(scan);
  world.books.changed();
  if (pushDelayMs > 0) world.agenda.in(pushDelayMs, () => push(world, parcel, scan));
  else push(world, parcel, scan);
}

/** The push is not signed; three more tries and it is gone. */
function push(world: World, parcel: BlueDartParcel, scan: BlueDartScan): void {
  const { settings } = world;
  const account = settings.blueDartAccounts.find(({ loginId }) => loginId === parcel.account);
  const url = account?.webhookUrl ?? settings.blueDartWebhookUrl;
  if (url === null) return;
  const { header, value } = settings.carrierWebhookSecret;
  world.webhooks.send({
    operation: 'bluedart.webhook',
    account: parcel.account,
    subject: parcel.awb,
    url,
    headers: { 'content-type': 'application/json', [header]: value },
    body: JSON.stringify({ statustracking: [{ Shipment: pushed(parcel, scan) }] }),
    timeoutMs: settings.carrierWebhookTimeoutMs,
    retryGapsMs: [0, settings.parcelStepMs, settings.parcelStepMs],
  });
}

function pushed(parcel: BlueDartParcel, scan: BlueDartScan): unknown {
  return {
    WaybillNo: parcel.awb,
    RefNo: parcel.reference,
    Scan: scan.text,
    ScanCode: scan.code,
    ScanGroupType: scan.group,
    ScanType: scan.type,
    ScanDate: pushDate(scan.at),
    ScanTime: clock(scan.at).replace(':', ''),
    ScannedLocationCode: scan.areaCode,
    Comments: '',
  };
}
