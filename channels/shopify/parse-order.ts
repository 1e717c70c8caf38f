import { normaliseAddressLine } from '../../intake/normalise-address.ts';
import { parseDate, parseIsoInstant } from '../../intake/parse-date.ts';
import type { OrderCustomer, PlaceOrder, RawShipTo } from '../../intake/place-order.ts';
import { itemsOf } from './line-items.ts';
import { orderSchema } from './order-schema.ts';
import type { ShopifyAddress, ShopifyOrder } from './order-schema.ts';
import { defaultCodWords, paymentOf } from './payment.ts';
import { collectProblems, idOf, money } from './problems.ts';
import type { OrderProblem, Problems } from './problems.ts';

/**
 * What is known of an order whether or not it can be placed: a cancellation must always get
 * through.
 */
export interface OrderFacts {
  externalId: string | null;
  /** Webhooks come in any order: the newest of these wins. */
  updatedAt: string | null;
  cancelledAt: string | null;
  cancelReason: string | null;
}

export type ParsedOrder =
  | (OrderFacts & { ok: true; externalId: string; order: PlaceOrder })
  | (OrderFacts & { ok: false; problems: OrderProblem[] });

export interface OrderRules {
  codWords?: readonly string[];
  /** An order placed after this moment has a wrong date. */
  now?: Date;
}

/** Shopify's order, from a webhook or from REST, as the input of `place_order`. */
export function parseOrder(payload: unknown, rules: OrderRules = {}): ParsedOrder {
  const parsed = orderSchema.safeParse(storable(payload));
  if (!parsed.success) {
    const problems = [{ field: '', reason: 'is no order' }];
    const facts = { externalId: null, updatedAt: null, cancelledAt: null, cancelReason: null };
    return { ok: false, ...facts, problems };
  }
  const facts = factsOf(parsed.data);
  const problems = collectProblems();
  const order = orderOf(parsed.data, facts, rules, problems);
  const { externalId } = facts;
  if (problems.list.length > 0 || externalId === null) {
    return { ok: false, ...facts, problems: problems.list };
  }
  return { ok: true, ...facts, externalId, order };
}

/**
 * PostgreSQL's jsonb refuses NUL and half surrogate pairs: the first goes, the second becomes the
 * replacement character. All other text stays as it came.
 */
function storable(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\0', '').toWellFormed();
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, storable(inner)]));
}

function factsOf(order: ShopifyOrder): OrderFacts {
  return {
    externalId: idOf(order),
    updatedAt: parseIsoInstant(order.updated_at),
    cancelledAt: parseIsoInstant(order.cancelled_at),
    cancelReason: order.cancel_reason,
  };
}

function orderOf(
  order: ShopifyOrder,
  facts: OrderFacts,
  rules: OrderRules,
  problems: Problems,
): PlaceOrder {
  if (facts.externalId === null) problems.add('id', 'is missing, or was rounded on the way');
  const placedAt = placedAtOf(order.created_at, rules.now ?? new Date(), problems);
  if ((order.currency ?? 'INR') !== 'INR') problems.add('currency', 'is not INR');
  const total_minor = money(order.total_price, 'total_price', problems);
  return {
    external_id: facts.externalId ?? '',
    external_number: order.name,
    placed_at: placedAt,
    currency: 'INR',
    ...paymentOf(order, total_minor, rules.codWords ?? defaultCodWords, problems),
    items: itemsOf(order.line_items, problems),
    subtotal_minor: money(order.subtotal_price, 'subtotal_price', problems),
    shipping_minor: shippingOf(order, problems),
    discount_minor: money(order.total_discounts, 'total_discounts', problems, 0),
    tax_minor: money(order.total_tax, 'total_tax', problems, 0),
    total_minor,
    shipping_method: order.shipping_lines[0]?.title ?? null,
    note: order.note,
    customer: customerOf(order),
    ship_to: shipToOf(order),
  };
}

/** Shopify writes ISO 8601; apps that import orders through it write whatever they were given. */
function placedAtOf(value: unknown, now: Date, problems: Problems): string {
  const date = parseDate(value, { now, numericOrder: 'dmy' });
  if (date.ok) return date.at;
  problems.add('created_at', `is no usable date (${date.reason})`);
  return '';
}

function shippingOf(order: ShopifyOrder, problems: Problems): number {
  return order.shipping_lines.reduce(
    (sum, line, at) => sum + money(line.price, `shipping_lines[${at}].price`, problems, 0),
    0,
  );
}

/** The buyer; their own phone first, so that it can stand in for a broken one of the address. */
function customerOf(order: ShopifyOrder): OrderCustomer {
  const { customer, shipping_address: to, billing_address: billed } = order;
  return {
    name: normaliseAddressLine(nameOf(customer) ?? nameOf(billed) ?? nameOf(to)),
    phone: order.phone ?? customer?.phone ?? billed?.phone ?? to?.phone ?? null,
    email: order.email ?? order.contact_email ?? customer?.email ?? null,
  };
}

/** Raw, as it came. Without a shipping address all is null, and a person will be asked. */
function shipToOf(order: ShopifyOrder): RawShipTo {
  const { shipping_address: to, customer } = order;
  return {
    name: nameOf(to),
    phone: to ? (to.phone ?? order.phone ?? customer?.phone ?? null) : null,
    address1: to?.address1 ?? null,
    address2: to?.address2 ?? null,
    city: to?.city ?? null,
    state: to?.province ?? to?.province_code ?? null,
    pincode: to?.zip ?? null,
    country: to?.country ?? to?.country_code ?? null,
  };
}

type Named = Partial<Pick<ShopifyAddress, 'name' | 'first_name' | 'last_name'>> | null | undefined;

function nameOf(person: Named): string | null {
  if (!person) return null;
  const parts = [person.first_name, person.last_name].filter((part) => part != null);
  return person.name ?? (parts.length > 0 ? parts.join(' ') : null);
}
