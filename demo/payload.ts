/** An order in short, written out as Shopify's webhook has it. */
import { createHash } from 'node:crypto';
import type { Draft } from './draft.ts';
import { products } from './products.ts';
import type { Product } from './products.ts';

export interface PayloadFacts {
  runId: string;
  /** Which order of the run. */
  n: number;
  /** As the shop writes it. */
  createdAt: string | number;
  updatedAt: Date;
}

export type OrderPayload = ReturnType<typeof orderPayload>;

const shippingMinor = 60_00;
const freeShippingFromMinor = 1_500_00;

/**
 * Shopify's id of the nth order of a run: 15 digits, which a JSON number still holds exactly.
 * Another run has other ids, so that its orders are new ones.
 */
export function orderIdOf(runId: string, n: number): number {
  const digest = createHash('sha256').update(runId).digest();
  const place = ((n % 1_000_000) + 1_000_000) % 1_000_000;
  return (100_000_000 + (digest.readUInt32BE(0) % 900_000_000)) * 1_000_000 + place;
}

export function orderPayload(draft: Draft, { runId, n, createdAt, updatedAt }: PayloadFacts) {
  const id = orderIdOf(runId, n);
  const { shippingPrice, ...sums } = sumsOf(draft);
  return {
    id,
    admin_graphql_api_id: `gid://shopify/Order/${id}`,
    name: `#${1001 + n}`,
    order_number: 1001 + n,
    created_at: createdAt,
    updated_at: updatedAt.toISOString(),
    cancelled_at: null,
    test: false,
    confirmed: true,
    currency: 'INR',
    ...sums,
    ...paymentOf(draft),
    ...personsOf(draft),
    note: draft.note ?? null,
    tags: draft.pays === 'prepaid' ? 'demo' : 'demo, cod',
    source_name: 'web',
    line_items: draft.buys.map(([key, quantity], at) => lineItem(products[key], quantity, id, at)),
    shipping_lines: [{ id: n, title: 'Standard', code: 'Standard', price: shippingPrice }],
    fulfillments: [],
    refunds: [],
  };
}

function rupees(minor: number): string {
  return `${Math.trunc(minor / 100)}.${String(minor % 100).padStart(2, '0')}`;
}

function totalOf(draft: Draft) {
  const goods = draft.buys.reduce((sum, [key, count]) => sum + products[key].priceMinor * count, 0);
  const shipping = goods >= freeShippingFromMinor ? 0 : shippingMinor;
  const discount = draft.discountMinor ?? 0;
  const subtotal = goods - discount;
  return { subtotal, shipping, discount, total: subtotal + shipping };
}

function sumsOf(draft: Draft) {
  const { subtotal, shipping, discount, total } = totalOf(draft);
  return {
    subtotal_price: rupees(subtotal),
    total_discounts: rupees(discount),
    total_tax: rupees(Math.round((subtotal * 5) / 105)),
    taxes_included: true,
    total_price: rupees(total),
    shippingPrice: rupees(shipping),
  };
}

function paymentOf(draft: Draft) {
  const { pays } = draft;
  const payment = (status: string, gateways: string[], openMinor: number) => ({
    financial_status: status,
    payment_gateway_names: gateways,
    total_outstanding: rupees(openMinor),
  });
  if (pays === 'prepaid') return payment('paid', ['razorpay'], 0);
  const { total } = totalOf(draft);
  if (!('paidMinor' in pays)) return payment('pending', [pays.cod], total);
  return payment('partially_paid', ['razorpay', pays.cod], total - pays.paidMinor);
}

function personsOf({ to, customer }: Draft) {
  const [first, ...rest] = (customer?.name ?? to.name ?? '').split(' ');
  return {
    email: customer?.email === undefined ? 'shopper@example.com' : customer.email,
    phone: null,
    customer: {
      first_name: first ?? null,
      last_name: rest.join(' '),
      email: customer?.email ?? null,
      phone: customer?.phone ?? null,
    },
    shipping_address: {
      name: to.name,
      address1: to.address1,
      address2: to.address2 ?? null,
      city: to.city,
      province: to.province ?? null,
      country: to.country === undefined ? 'India' : to.country,
      country_code: 'IN',
      zip: to.zip,
      phone: to.phone,
    },
    billing_address: null,
  };
}

function lineItem(product: Product, quantity: number, orderId: number, at: number) {
  const id = orderId + (at + 1) * 100_000;
  return {
    id,
    admin_graphql_api_id: `gid://shopify/LineItem/${id}`,
    sku: product.sku,
    title: product.title,
    variant_title: product.variant,
    name: product.title,
    quantity,
    current_quantity: quantity,
    fulfillable_quantity: quantity,
    grams: product.grams,
    price: rupees(product.priceMinor),
    total_discount: '0.00',
    requires_shipping: true,
    gift_card: false,
  };
}
