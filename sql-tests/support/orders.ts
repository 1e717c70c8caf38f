import { randomUUID } from 'node:crypto';

import type { Merchant, OrderWorkflow } from './merchants.ts';
import { one, value } from './query.ts';
import type { Db } from './query.ts';

export type OrderInput = Record<string, unknown>;

/** What a channel hands over, with a name and a note that have emoji in them. */
export function orderInput(storeId: number, changes: OrderInput = {}): OrderInput {
  return {
    store_id: storeId,
    source: 'shopify',
    external_id: null,
    external_number: '#1001',
    placed_at: '2026-11-21T09:30:00+05:30',
    currency: 'INR',
    payment_mode: 'prepaid',
    items: [item({ sku: 'SAREE-RED' }), item({ title: 'Blouse 🧵', quantity: 2 })],
    subtotal_minor: 300_000,
    shipping_minor: 5_000,
    discount_minor: 0,
    tax_minor: 0,
    total_minor: 305_000,
    cod_amount_minor: 0,
    shipping_method: 'Standard',
    note: 'Please ring twice 🔔',
    customer: { name: 'Asha Menon 🌸', phone: '98470 12345', email: 'asha@example.in' },
    ship_to: shipTo(),
    ...changes,
  };
}

export function item(changes: OrderInput = {}): OrderInput {
  return {
    external_id: null,
    sku: null,
    title: 'Cotton saree',
    variant_title: null,
    quantity: 1,
    unit_price_minor: 100_000,
    discount_minor: 0,
    weight_grams: 400,
    hsn_code: null,
    requires_shipping: true,
    ...changes,
  };
}

/** As it was typed: the phone is not callable yet. */
export function shipTo(changes: OrderInput = {}): OrderInput {
  return {
    name: 'Asha Menon 🌸',
    phone: '98470 12345',
    address1: '12 Palm Grove',
    address2: null,
    city: 'Kochi',
    state: 'Kerala',
    pincode: '682001',
    country: 'IN',
    ...changes,
  };
}

/** Places an order as the intake does, in one statement; returns its id. */
export async function placeOrder(
  db: Db,
  merchant: Merchant,
  workflow: OrderWorkflow,
  changes: OrderInput = {},
): Promise<string> {
  return value<string>(db, 'select app_private.intake_order($1, $2, $3) as value', [
    merchant.id,
    randomUUID(),
    orderInput(merchant[workflow], changes),
  ]);
}

export interface Move {
  to: string;
  from?: string;
  reason?: string | null;
  inputs?: Record<string, unknown>;
  override?: boolean;
  shipment?: string;
}

/** Writes an event that moves an order, or one of its shipments, as whoever is acting. */
export async function writeMove(db: Db, orderId: string, move: Move): Promise<void> {
  await db.query(
    `insert into app_public.order_events
       (order_id, shipment_id, from_status, to_status, reason, inputs, override)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      orderId,
      move.shipment ?? null,
      move.from ?? null,
      move.to,
      move.reason ?? null,
      move.inputs ?? {},
      move.override ?? false,
    ],
  );
}

export interface Order {
  merchant_id: number;
  id: string;
  status: string;
  shipping_status: string | null;
  tracking_code: string | null;
  tracking_url: string | null;
  ship_to_version: number;
  attention: string | null;
  accepted_at: Date | null;
  ready_at: Date | null;
  completed_at: Date | null;
  seq: number;
  [column: string]: unknown;
}

export function readOrder(db: Db, id: string): Promise<Order> {
  return one<Order>(db, 'select * from app_public.orders_current where id = $1', [id]);
}

export async function statusOf(db: Db, id: string): Promise<string> {
  return (await readOrder(db, id)).status;
}
