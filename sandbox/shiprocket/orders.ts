import { json } from '../exchange.ts';
import type { Answer, Call } from '../exchange.ts';
import type { World } from '../world.ts';
import type { ShiprocketAccount } from './accounts.ts';
import { failed } from './answers.ts';
import { couriers } from './couriers.ts';
import { listDate, istTimestamp } from './dates.ts';
import { orderStatus } from './order-status.ts';
import type { SrOrder } from './records.ts';

const mostPerPage = 100;

/** `GET /orders?search=…`: by the beginning of our id, or an AWB; newest first. */
export function listOrders(world: World, call: Call, account: ShiprocketAccount): Answer {
  const { query } = call;
  const search = query.get('search') ?? '';
  const exact = account.filtersByChannelOrderId ? query.get('channel_order_id') : null;
  const found = [...world.books.shiprocket.orders.values()]
    .filter((order) => order.account === account.email && isVisible(world, order))
    .filter(({ reference, awb }) => reference.startsWith(search) || awb === search)
    .filter(({ reference }) => exact === null || reference === exact)
    .toSorted((a, b) => b.id - a.id);
  const perPage = Math.min(mostPerPage, Math.max(1, Number(query.get('per_page') ?? 15) || 15));
  const page = Math.max(1, Number(query.get('page') ?? 1) || 1);
  const data = found.slice((page - 1) * perPage, page * perPage);
  return json({
    data: data.map((order) => ({ ...shown(order), shipments: [shipmentOf(order)] })),
    meta: { pagination: pagination(found.length, data.length, perPage, page) },
  });
}

/** `GET /orders/show/{id}`: here the shipment is an object and no list. */
export function showOrder(
  world: World,
  _call: Call,
  account: ShiprocketAccount,
  match: RegExpExecArray,
): Answer {
  const order = world.books.shiprocket.orders.get(Number(match[1]));
  if (order?.account !== account.email) return failed(400, 'Order ID not found', 'not_found');
  return json({ data: { ...shown(order), shipments: shipmentOf(order) } });
}

export function pagination(total: number, count: number, per_page: number, page: number): object {
  const total_pages = Math.max(1, Math.ceil(total / per_page));
  return { total, count, per_page, current_page: page, total_pages, links: {} };
}

function isVisible(world: World, order: SrOrder): boolean {
  return world.now() - order.createdAt >= world.settings.indexDelayMs;
}

function shown(order: SrOrder): object {
  const { text, code } = orderStatus(order);
  return {
    id: order.id,
    channel_id: 1,
    channel_name: 'CUSTOM',
    channel_order_id: order.reference,
    customer_name: order.customerName,
    customer_email: order.email,
    customer_phone: order.phone,
    pickup_location: order.pickupLocation,
    total: order.total.toFixed(2),
    status: text,
    status_code: code,
    payment_method: order.payment,
    created_at: listDate(order.createdAt),
    products: order.products.map((product, at) => ({
      id: order.id * 10 + at,
      name: product.name,
      channel_sku: product.sku,
      quantity: product.units,
      hsn: product.hsn,
    })),
  };
}

function shipmentOf(order: SrOrder): object {
  const { pickupScheduledAt: pickup } = order;
  return {
    id: order.shipmentId,
    awb: order.awb ?? '',
    courier: couriers.find(({ id }) => id === order.courierId)?.name ?? '',
    weight: order.weightKg,
    pickup_scheduled_date: pickup === null ? null : istTimestamp(pickup),
    pickup_token_number: order.pickupToken,
    etd: null,
    delivered_date: null,
    rto_delivered_date: '0000-00-00 00:00:00',
  };
}
