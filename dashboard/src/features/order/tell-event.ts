import { statusLabel } from '../workflow/workflows.ts';
import type { OrderEvent } from './order.graphql.ts';

export interface Told {
  text: string;
  /** The reason, the carrier's words or the like. */
  detail: string | null;
  by: string;
}

export interface Tellers {
  /** Names of members by their id. */
  members: ReadonlyMap<string, string>;
  /** Box numbers by shipment id. */
  boxes: ReadonlyMap<string, number>;
}

/** One event of the log in words. */
export function tellEvent(event: OrderEvent, tellers: Tellers): Told {
  const facts = factsOf(event.inputs);
  const box = event.shipmentId === null ? undefined : tellers.boxes.get(event.shipmentId);
  const text = textOf({ ...event, type: event.type.toLowerCase() }, facts, `Box ${box ?? '?'}`);
  return { text, detail: detailOf(event, facts), by: actorOf(event, tellers.members) };
}

type Facts = (name: string) => string | null;

/** The API may hand JSON over as an object or as its text. */
function factsOf(inputs: unknown): Facts {
  const parsed: unknown = typeof inputs === 'string' ? JSON.parse(inputs) : inputs;
  const record: Record<string, unknown> =
    typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  return (name) => {
    const value = record[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
  };
}

function textOf(event: OrderEvent, facts: Facts, box: string): string {
  switch (event.type) {
    case 'order_placed':
      return `Came in${channelPhrase(facts('source'))}`;
    case 'status_changed':
      return event.shipmentId === null ? movePhrase(event, facts) : `${box}: ${moveTo(event)}`;
    case 'status_overridden':
      return `Moved from ${from(event)} to ${moveTo(event)}, past the workflow`;
    case 'ship_to_corrected':
      return 'Address corrected';
    case 'attention_raised':
      return 'Needs attention';
    case 'attention_cleared':
      return 'Looked at';
    case 'shipment_planned':
      return `${box} planned with ${serviceName(facts('carrier'), facts('service'))}`;
    case 'shipment_booked':
      return `${box} booked: AWB ${facts('awb') ?? 'unknown'}`;
    case 'scan_recorded':
      return `${box}: scanned`;
    case 'carrier_pickup_requested':
      return `${box}: carrier asked to collect`;
    case 'message_sent':
      return `Customer told on WhatsApp: ${messageName(facts('kind'))}`;
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

function movePhrase(event: OrderEvent, facts: Facts): string {
  const status = (event.toStatus ?? '').toLowerCase();
  if (status === 'shipped') return `Shipped, tracking code ${facts('tracking_code') ?? 'unknown'}`;
  return movePhrases[status] ?? statusLabel(status);
}

function moveTo(event: OrderEvent): string {
  return statusLabel((event.toStatus ?? 'unknown').toLowerCase());
}

function from(event: OrderEvent): string {
  return statusLabel((event.fromStatus ?? 'unknown').toLowerCase());
}

function detailOf(event: OrderEvent, facts: Facts): string | null {
  if (event.reason !== '') return event.reason;
  const scan = [facts('carrier_status'), facts('location'), facts('remark')].filter(Boolean);
  return scan.length > 0 ? scan.join(' · ') : null;
}

function actorOf(event: OrderEvent, members: ReadonlyMap<string, string>): string {
  if (event.actorRole === 'system') return 'Waybill';
  if (event.actorRole === 'carrier') return 'Carrier';
  if (event.actorRole === 'dba') return `Database (${event.actorId})`;
  const role = plain(event.actorRole);
  const name = members.get(event.actorId);
  return name === undefined ? role : `${name}, ${role.toLowerCase()}`;
}

const carrierNames: Readonly<Record<string, string>> = {
  delhivery: 'Delhivery',
  shiprocket: 'Shiprocket',
  bluedart: 'Blue Dart',
};

/** Delhivery surface. */
export function serviceName(carrier: string | null, service: string | null): string {
  const key = (carrier ?? '').toLowerCase();
  return [carrierNames[key] ?? carrier ?? 'a carrier', service?.toLowerCase()]
    .filter(Boolean)
    .join(' ');
}

const channelNames: Readonly<Record<string, string>> = {
  shopify: 'Shopify',
  web: 'the web shop',
  counter: 'the counter',
};

/** message_out_for_delivery → out for delivery. */
function messageName(kind: string | null): string {
  return plain((kind ?? 'message').replace(/^message_/, '')).toLowerCase();
}

function channelPhrase(source: string | null): string {
  if (source === null) return '';
  return ` from ${channelNames[source] ?? plain(source).toLowerCase()}`;
}

function plain(name: string): string {
  return statusLabel(name.toLowerCase());
}
