/** The shapes in which `app_private.claim_effect` hands orders, shipments and locations to tasks. */
import { z } from 'zod';

const text = z.string().nullable();

export const ContactRow = z.object({
  version: z.number().int(),
  customer_name: text,
  customer_phone: text,
  customer_email: text,
  name: text,
  phone: text,
  phone_e164: text,
  address1: text,
  address2: text,
  city: text,
  state: text,
  pincode: text,
  country: text,
});

export const ItemRow = z.object({
  line: z.number().int(),
  sku: text,
  title: z.string(),
  variant_title: text,
  quantity: z.number().int(),
  hsn_code: text,
  requires_shipping: z.boolean(),
});

export const OrderRow = z.object({
  id: z.uuid(),
  number: z.number().int(),
  public_id: z.string(),
  status: z.string(),
  payment_mode: z.enum(['prepaid', 'cod']),
  total_minor: z.number().int(),
  cod_amount_minor: z.number().int(),
  location_id: z.number().int(),
  placed_at: z.string(),
  tracking_code: text,
  tracking_url: text,
  store: z.string(),
  location: z.string(),
  contact: ContactRow,
  items: z.array(ItemRow),
});
export type OrderRow = z.infer<typeof OrderRow>;

export const ShipmentRow = z.object({
  id: z.uuid(),
  box: z.number().int(),
  status: z.string(),
  awb: text,
  service: z.string(),
  service_codes: z.array(z.string()).nullable(),
  routing: text,
  carrier_ids: z.record(z.string(), z.number()).nullable(),
  weight_grams: z.number().int(),
  length_mm: z.number().int(),
  width_mm: z.number().int(),
  height_mm: z.number().int(),
  declared_minor: z.number().int(),
  payment_mode: z.enum(['prepaid', 'cod']),
  cod_amount_minor: z.number().int(),
  /** `YYYY-MM-DD`: the next visit of a carrier to its location. */
  pickup_on: z.string(),
  boxes: z.number().int(),
  lines: z
    .array(
      z.object({
        sku: text,
        title: z.string(),
        quantity: z.number().int(),
        unit_price_minor: z.number().int(),
        hsn_code: text,
      }),
    )
    .nullable(),
});
export type ShipmentRow = z.infer<typeof ShipmentRow>;

export const LocationRow = z.object({
  id: z.number().int(),
  name: z.string(),
  registered_name: z.string(),
  address: z.string(),
  city: z.string(),
  state: z.string(),
  pincode: z.string(),
  phone: z.string(),
});
export type LocationRow = z.infer<typeof LocationRow>;

export const TemplateRow = z.object({
  name: z.string(),
  language: z.string(),
  status: z.string(),
  parameters: z.array(
    z.enum(['name', 'number', 'tracking_code', 'tracking_url', 'store', 'location']),
  ),
});
