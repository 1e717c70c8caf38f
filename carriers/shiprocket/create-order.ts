import { z } from 'zod';
import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import { istWallClock } from '../ist-time.ts';
import { readBody } from '../read-body.ts';
import type { ShiprocketAccount } from './account.ts';
import { assertBookable, declaredMinor, referenceOf } from './booking.ts';
import type { Booking } from './booking.ts';
import { gateFailure } from './http-failure.ts';
import { rupees } from './money.ts';
import { readError } from './read-error.ts';
import { effectFailure, refusalOf } from './refusals.ts';
import { post } from './request.ts';

/** An order at Shiprocket, new or from an earlier attempt: the answer does not tell them apart. */
export interface OpenedOrder {
  orderId: number;
  shipmentId: number;
  cancelled: boolean;
  /** It ships already. */
  awb: string | null;
}

export function buildCreateOrder(
  account: ShiprocketAccount,
  booking: Booking,
  round: number,
): HttpRequest {
  assertBookable(booking);
  return post(account, '/orders/create/adhoc', orderOf(booking, round));
}

function orderOf(booking: Booking, round: number): object {
  const { consignee, lines, payment } = booking;
  return {
    order_id: referenceOf(booking.reference, round),
    order_date: istWallClock(booking.orderedAt).slice(0, 16),
    // Compared with the registered nickname letter by letter: not cleaned.
    pickup_location: booking.pickupLocation,
    billing_customer_name: plain(consignee.name),
    billing_last_name: '',
    billing_address: plain(consignee.addressLines.join(', ')),
    billing_address_2: '',
    billing_city: plain(consignee.city),
    billing_pincode: Number(consignee.pincode),
    billing_state: plain(consignee.state),
    billing_country: consignee.country.toUpperCase() === 'IN' ? 'India' : consignee.country,
    billing_email: consignee.email,
    // Without the dial code, which Shiprocket puts in front by itself.
    billing_phone: Number(consignee.phone),
    shipping_is_billing: true,
    order_items: lines.map((line) => ({
      name: plain(line.name),
      sku: plain(line.sku),
      units: line.units,
      selling_price: rupees(line.unitPriceMinor),
      // Digits only, else the whole order is refused for a field that is not required.
      hsn: /^\d+$/.test(line.hsnCode ?? '') ? line.hsnCode : '',
    })),
    payment_method: payment.mode === 'cod' ? 'COD' : 'Prepaid',
    sub_total: rupees(declaredMinor(booking)),
    length: centimetres(booking.lengthMm),
    breadth: centimetres(booking.widthMm),
    height: centimetres(booking.heightMm),
    weight: booking.weightGrams / 1000,
    // Anything else insures the parcel, for money.
    is_insurance_opt: 0,
  };
}

function plain(value: string): string {
  return value
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
}

/** Whole centimetres, rounded up: a box declared too small is billed again at the hub. */
function centimetres(mm: number): number {
  return Math.max(1, Math.ceil(mm / 10));
}

const answerSchema = z.object({
  order_id: z.coerce.number().int().positive(),
  shipment_id: z.coerce.number().int().positive(),
  status: z.string().nullish(),
  status_code: z.coerce.number().nullish().catch(null),
  awb_code: z.union([z.string(), z.number()]).nullish(),
});

/**
 * A repeated id is answered with the order that exists, whatever is in the request, even if that
 * order is cancelled or ships already: so success is only the beginning.
 */
export function parseCreateOrder(
  account: ShiprocketAccount,
  booking: Booking,
  answer: HttpAnswer,
): Outcome<OpenedOrder> {
  const gate = gateFailure(account, answer);
  if (gate) return gate;
  const parsed = answerSchema.safeParse(readBody(answer).json);
  if (parsed.success && answer.status < 300) {
    const {
      order_id: orderId,
      shipment_id: shipmentId,
      status,
      status_code,
      awb_code,
    } = parsed.data;
    const cancelled = status_code === 5 || /^cancell?ed$/i.test(status ?? '');
    const awb = awb_code == null ? '' : String(awb_code).trim();
    return {
      kind: 'done',
      value: { orderId, shipmentId, cancelled, awb: awb === '' ? null : awb },
    };
  }
  const error = readError(answer);
  return effectFailure(answer, error) ?? refusalOf(error, 'order-refused', personalValues(booking));
}

function personalValues({ consignee }: Booking): string[] {
  return [consignee.name, consignee.phone, consignee.email, ...consignee.addressLines];
}
