import { z } from 'zod';

/**
 * The part of Shopify's order that we read. Texts and amounts may come as numbers and the other way
 * round, and most of it may be missing: what is needed is checked by the parser, which can say
 * where.
 */
const text = z
  .union([z.string(), z.number()])
  .transform(String)
  .nullish()
  .catch(null)
  .transform((value) => (value == null || value.trim() === '' ? null : value));

/** Kept as it came: its parser tells a missing value from a broken one. */
const raw = z.unknown().optional();

const object = <T extends z.ZodRawShape>(shape: T) => z.object(shape).nullish().catch(null);
const list = <T extends z.ZodType>(inner: T) =>
  z
    .array(inner)
    .nullish()
    .catch([])
    .transform((value) => value ?? []);

const address = object({
  name: text,
  first_name: text,
  last_name: text,
  address1: text,
  address2: text,
  city: text,
  province: text,
  province_code: text,
  country: text,
  country_code: text,
  zip: text,
  phone: text,
});

const lineItem = z.object({
  id: raw,
  admin_graphql_api_id: text,
  sku: text,
  title: text,
  name: text,
  variant_title: text,
  quantity: raw,
  current_quantity: raw,
  fulfillable_quantity: raw,
  grams: raw,
  price: raw,
  total_discount: raw,
  requires_shipping: z.boolean().nullish().catch(null),
  gift_card: z.boolean().nullish().catch(null),
});

export const orderSchema = z.object({
  id: raw,
  admin_graphql_api_id: text,
  name: text,
  created_at: raw,
  updated_at: raw,
  cancelled_at: raw,
  cancel_reason: text,
  currency: text,
  financial_status: text,
  payment_gateway_names: list(text),
  gateway: text,
  total_price: raw,
  subtotal_price: raw,
  total_tax: raw,
  total_discounts: raw,
  total_outstanding: raw,
  email: text,
  contact_email: text,
  phone: text,
  note: text,
  customer: object({ first_name: text, last_name: text, email: text, phone: text }),
  shipping_address: address,
  billing_address: address,
  line_items: list(lineItem.catch(lineItem.parse({}))),
  shipping_lines: list(z.object({ title: text, price: raw }).catch({ title: null })),
});

export type ShopifyOrder = z.output<typeof orderSchema>;
export type ShopifyLineItem = ShopifyOrder['line_items'][number];
export type ShopifyAddress = NonNullable<ShopifyOrder['shipping_address']>;
