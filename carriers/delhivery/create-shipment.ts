import { z } from 'zod';
import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import type { DelhiveryAccount } from './account.ts';
import { assertBookable } from './booking.ts';
import type { Booking } from './booking.ts';
import { httpFailure, unreadable } from './http-failure.ts';
import { istWallClock } from '../ist-time.ts';
import { readBody } from '../read-body.ts';
import { classifyRefusal } from './refusals.ts';
import { formHeaders } from './request-headers.ts';

export interface Created {
  waybill: string;
  reference: string;
  sortCode: string | null;
  /** Delhivery's batch, for their support; present on failures too, and no waybill. */
  uploadId: string | null;
}

export function buildCreateShipment(account: DelhiveryAccount, booking: Booking): HttpRequest {
  assertBookable(booking);
  const data = {
    shipments: [shipmentOf(booking)],
    // Compared with the registered name letter by letter: not cleaned.
    pickup_location: { name: booking.pickupLocation.name },
  };
  const body = new URLSearchParams({ format: 'json', data: JSON.stringify(data) });
  return {
    method: 'POST',
    url: `${account.baseUrl}/api/cmu/create.json`,
    headers: formHeaders(account),
    body: body.toString(),
  };
}

/**
 * All values are text. `client` and `shipment_type` are left out on purpose: a wrong one makes
 * Delhivery find no shipment at all.
 */
function shipmentOf(booking: Booking): Record<string, string> {
  const { consignee, pickupLocation: from } = booking;
  return {
    order: booking.reference,
    waybill: booking.waybill,
    name: plain(consignee.name),
    phone: consignee.phone,
    add: plain(consignee.addressLines.join(', ')),
    city: plain(consignee.city),
    state: plain(consignee.state),
    pin: consignee.pincode,
    country: countryName(consignee.country),
    ...paymentOf(booking),
    total_amount: rupees(booking.totalMinor),
    products_desc: plain(booking.description),
    ...(booking.hsnCode === null ? {} : { hsn_code: plain(booking.hsnCode) }),
    quantity: String(booking.quantity),
    weight: String(booking.weightGrams),
    shipment_length: centimetres(booking.lengthMm),
    shipment_width: centimetres(booking.widthMm),
    shipment_height: centimetres(booking.heightMm),
    shipping_mode: 'Surface',
    order_date: istWallClock(booking.orderedAt),
    seller_name: plain(booking.sellerName),
    seller_add: plain(from.address),
    return_name: from.name,
    return_add: plain(from.address),
    return_city: plain(from.city),
    return_state: plain(from.state),
    return_pin: from.pincode,
    return_country: 'India',
    return_phone: from.phone,
  };
}

function paymentOf({ payment }: Booking): Record<string, string> {
  if (payment.mode === 'prepaid') return { payment_mode: 'Prepaid' };
  return { payment_mode: 'COD', cod_amount: rupees(payment.amountMinor) };
}

/** `& # % ; \` break Delhivery's own reading even when the transport is encoded right. */
function plain(value: string): string {
  return value
    .toWellFormed()
    .replace(/[&#%;\\\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
}

function countryName(country: string): string {
  return country.toUpperCase() === 'IN' ? 'India' : plain(country);
}

function rupees(minor: number): string {
  return `${Math.trunc(minor / 100)}.${String(minor % 100).padStart(2, '0')}`;
}

/** Whole centimetres, rounded up: a box declared too small is billed again at the hub. */
function centimetres(mm: number): string {
  return String(Math.max(1, Math.ceil(mm / 10)));
}

const packageSchema = z.object({
  status: z.string().catch(''),
  waybill: z.union([z.string(), z.number()]).transform(String).catch(''),
  refnum: z.union([z.string(), z.number()]).transform(String).catch(''),
  remarks: z
    .union([z.string(), z.array(z.string().nullable())])
    .nullish()
    .catch(null),
  sort_code: z.string().nullish().catch(null),
});

const answerSchema = z.object({
  success: z.boolean().optional().catch(undefined),
  rmk: z.string().nullish().catch(null),
  upload_wbn: z.string().nullish().catch(null),
  packages: z.array(packageSchema).nullish(),
});

type Answer = z.output<typeof answerSchema>;

/** HTTP 200 comes with refusals too: the package's own status decides. */
export function parseCreateShipment(booking: Booking, answer: HttpAnswer): Outcome<Created> {
  const failure = httpFailure(answer, 'effect');
  if (failure) return failure;
  const parsed = answerSchema.safeParse(readBody(answer).json);
  if (!parsed.success) return unreadable(answer, 'effect');
  const { data } = parsed;
  const ours = data.packages?.find((entry) => entry.refnum === booking.reference);
  const entry = ours ?? data.packages?.[0];
  if (entry?.status.toLowerCase() === 'success') return confirm(booking, data, entry);
  const texts = [...remarksOf(entry), data.rmk ?? ''].filter((text) => text.trim() !== '');
  if (texts.length > 0) return classifyRefusal(texts, personalValues(booking));
  if (data.packages === undefined && data.success === undefined)
    return unreadable(answer, 'effect');
  const message = 'Delhivery confirmed no package and gave no reason';
  return { kind: 'unknown', code: 'no-package', message };
}

type Package = z.output<typeof packageSchema>;

/** Success for other numbers than we sent is a parcel all the same: look up what there is. */
function confirm(booking: Booking, data: Answer, entry: Package): Outcome<Created> {
  const { waybill, refnum: reference } = entry;
  if (waybill !== booking.waybill || reference !== booking.reference || data.success === false) {
    const message = 'Delhivery confirmed something else than was sent';
    return { kind: 'unknown', code: 'confirmation-differs', message };
  }
  const uploadId = data.upload_wbn ?? null;
  return {
    kind: 'done',
    value: { waybill, reference, sortCode: entry.sort_code ?? null, uploadId },
  };
}

function remarksOf(entry: Package | undefined): string[] {
  const remarks = entry?.remarks ?? [];
  return (typeof remarks === 'string' ? [remarks] : remarks).filter((text) => text !== null);
}

function personalValues({ consignee }: Booking): string[] {
  return [consignee.name, consignee.phone, ...consignee.addressLines];
}
