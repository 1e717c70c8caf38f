import type { OrderCounts } from './counts.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import type { CustomerEvent } from './customer-event.ts';
import { isCreation, isShipping, isStatusChange, type LiveEvent } from './live-event.ts';
import { formatMessage, type SseMessage } from './sse.ts';

/** Where a reader of a store's stream goes on. */
export interface Resumption {
  after: string;
  /** It had the first messages of the event that comes next. */
  half?: { position: number; messages: number };
}

/**
 * One event can be several messages (shipping an order moves it, too). Only the last one bears the
 * event's cursor as its id; those before say that they are a part of it, so that a reader that was cut
 * off between them gets the rest and no more.
 */
export function readResumption(lastEventId: string | undefined): Resumption | undefined {
  if (lastEventId === undefined) return undefined;
  const [, cursor = lastEventId, part] = /^(.*)-([1-9])$/.exec(lastEventId) ?? [];
  const { stream, position } = parseCursor(cursor);
  if (part === undefined) return { after: cursor };
  return {
    after: formatCursor({ stream, position: position - 1 }),
    half: { position, messages: Number(part) },
  };
}

/** The same event is the same text for all readers of a process. */
const texts = new WeakMap<LiveEvent, string>();

/** An event as a stream tells it; empty for what no message tells. */
export function storeMessages(event: LiveEvent, resumption: Resumption | undefined): string {
  const half = resumption?.half;
  if (half?.position === event.position) return format(event, half.messages);
  const known = texts.get(event);
  if (known !== undefined) return known;
  const text = format(event, 0);
  texts.set(event, text);
  return text;
}

function format(event: LiveEvent, skipped: number): string {
  const messages = messagesOf(event);
  return messages
    .map((message, n) =>
      formatMessage({
        ...message,
        id: n === messages.length - 1 ? event.cursor : `${event.cursor}-${n + 1}`,
      }),
    )
    .slice(skipped)
    .join('');
}

function messagesOf(event: LiveEvent): SseMessage[] {
  const messages: SseMessage[] = [];
  if (isCreation(event)) messages.push({ event: 'OrderCreated', data: statusOf(event) });
  if (isStatusChange(event)) messages.push({ event: 'OrderStatusUpdated', data: statusOf(event) });
  if (isShipping(event)) messages.push({ event: 'ShippingUpdated', data: shippingOf(event) });
  return messages;
}

/** The payload of the source documents. */
function statusOf(event: LiveEvent) {
  return {
    order_id: event.orderId,
    public_id: event.publicId,
    old_status: event.oldStatus,
    new_status: event.newStatus,
    timestamp: event.timestamp,
    fulfilment_type: event.fulfilmentType,
    store_id: event.storeId,
  };
}

/** Of a box the statuses are the box's; of the whole order they are left to OrderStatusUpdated. */
function shippingOf(event: LiveEvent) {
  const ofBox = event.shipmentId !== null;
  return {
    order_id: event.orderId,
    public_id: event.publicId,
    shipment_id: event.shipmentId,
    old_status: ofBox ? event.oldStatus : null,
    new_status: ofBox ? event.newStatus : null,
    shipping_status: event.shippingStatus,
    tracking_code: event.trackingCode,
    tracking_url: event.trackingUrl,
    timestamp: event.timestamp,
    fulfilment_type: event.fulfilmentType,
    store_id: event.storeId,
  };
}

export function countsMessage(counts: OrderCounts): SseMessage {
  return {
    event: 'OrderCounts',
    data: {
      store_id: counts.storeId,
      orders: counts.orders,
      attention: counts.attention,
      timestamp: counts.timestamp,
    },
  };
}

export function customerMessage(event: CustomerEvent): SseMessage {
  return {
    event: 'OrderStatusUpdated',
    id: event.cursor,
    data: {
      public_id: event.publicId,
      old_status: event.oldStatus,
      new_status: event.newStatus,
      timestamp: event.timestamp,
      fulfilment_type: event.fulfilmentType,
      shipping_status: event.shippingStatus,
      tracking_code: event.trackingCode,
      tracking_url: event.trackingUrl,
    },
  };
}
