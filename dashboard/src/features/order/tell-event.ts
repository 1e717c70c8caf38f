import { statusLabel } from '../workflow/workflows.ts';
import type { OrderEvent } from './order.graphql.ts';

export interface Told {
  text: string;
  /** The reason, the carrier's words or the like. */
  detail: string | null;
  by: string;
}

export interface Tellers {
  /** Where the order came from. */
  channel: string;
  /** Boxes by shipment id. */
  boxes: ReadonlyMap<string, { box: number; carrier: string }>;
}

/** One event of the log in words. */
export function tellEvent(event: OrderEvent, tellers: Tellers): Told {
  return { text: textOf(event, tellers), detail: detailOf(event), by: actorOf(event) };
}

function textOf(event: OrderEvent, { channel, boxes }: Tellers): string {
  const shipment = event.shipmentId === null ? undefined : boxes.get(event.shipmentId);
  const box = `Box ${shipment?.box ?? '?'}`;
  switch (event.type.toLowerCase()) {
    case 'order_placed':
      return `Came in${channelPhrase(channel)}`;
    case 'status_changed':
      return event.shipmentId === null ? movePhrase(event) : `${box}: ${moveTo(event)}`;
    case 'status_overridden':
      return `Moved from ${from(event)} to ${moveTo(event)}, past the workflow`;
    case 'ship_to_corrected':
      return 'Address corrected';
    case 'attention_raised':
      return 'Needs attention';
    case 'attention_cleared':
      return 'Looked at';
    case 'shipment_planned':
      return `${box} planned with ${serviceName(shipment?.carrier ?? null, event.service)}`;
    case 'shipment_booked':
      return `${box} booked: AWB ${event.awb ?? 'unknown'}`;
    case 'shipment_manifested':
      return `${box}: on manifest ${event.manifest?.number ?? '?'}`;
    case 'shipment_taken_off_manifest':
      return `${box}: left behind, taken off manifest ${event.manifest?.number ?? '?'}`;
    case 'scan_recorded':
      return `${box}: scanned`;
    case 'carrier_pickup_requested':
      return `${box}: carrier asked to collect`;
    case 'carrier_pickup_missed':
      return `${box}: not collected, waits for the next visit`;
    case 'rebooking_requested':
      return `${box} shall go with another carrier`;
    case 'rebooking_decided':
      return `${box}: another carrier takes it`;
    case 'ndr_action_chosen':
      return `${box}: decided what follows the failed delivery`;
    case 'ndr_action_accepted':
      return `${box}: the carrier took the decision`;
    case 'message_sent':
      return `Customer told on WhatsApp: ${plain(event.messageKind ?? 'message').toLowerCase()}`;
    default:
      return plain(event.type);
  }
}

const movePhrases: Readonly<Record<string, string>> = {
  validated: 'Address and phone checked',
  assigned: 'Boxes planned, carrier chosen',
  labelled: 'Every box has its label',
  dispatched: 'The carrier has every box',
  packing: 'Packing started',
  in_progress: 'Preparation started',
  ready: 'Ready at the counter',
  completed: 'Handed over to the customer',
  returned: 'Came back',
};

function movePhrase(event: OrderEvent): string {
  const status = (event.toStatus ?? '').toLowerCase();
  if (status === 'shipped') return `Shipped, tracking code ${event.trackingCode ?? 'unknown'}`;
  return movePhrases[status] ?? statusLabel(status);
}

function moveTo(event: OrderEvent): string {
  return statusLabel((event.toStatus ?? event.toShipmentStatus ?? 'unknown').toLowerCase());
}

function from(event: OrderEvent): string {
  return statusLabel((event.fromStatus ?? 'unknown').toLowerCase());
}

function detailOf({ reason, scan }: OrderEvent): string | null {
  if (reason !== '') return reason;
  return [scan?.status, scan?.location, scan?.remark].filter(Boolean).join(' · ') || null;
}

function actorOf({ actorId, actorRole, member }: OrderEvent): string {
  const role = actorRole.toLowerCase();
  if (role === 'system') return 'Waybill';
  if (role === 'carrier') return 'Carrier';
  if (role === 'dba') return `Database (${actorId})`;
  return member === null ? plain(role) : `${member.name}, ${role}`;
}

const carrierNames: Readonly<Record<string, string>> = {
  delhivery: 'Delhivery',
  shiprocket: 'Shiprocket',
  bluedart: 'Blue Dart',
};

/** Delhivery surface. */
export function serviceName(carrier: string | null, service: string | null): string {
  const key = (carrier ?? '').toLowerCase();
  return [carrierNames[key] ?? carrier ?? 'a carrier', service].filter(Boolean).join(' ');
}

const channelNames: Readonly<Record<string, string>> = {
  shopify: 'Shopify',
  web: 'the web shop',
  counter: 'the counter',
};

function channelPhrase(channel: string): string {
  const name = channel.toLowerCase();
  return ` from ${channelNames[name] ?? plain(name).toLowerCase()}`;
}

function plain(name: string): string {
  return statusLabel(name.toLowerCase());
}
