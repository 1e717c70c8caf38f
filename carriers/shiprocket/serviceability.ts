import { z } from 'zod';
import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import { unreadable } from '../failure.ts';
import { readBody } from '../read-body.ts';
import type { ShiprocketAccount } from './account.ts';
import { httpFailure } from './http-failure.ts';
import { paise, rupees } from './money.ts';
import { readError } from './read-error.ts';
import { refusalOf } from './refusals.ts';
import { get } from './request.ts';

export interface ParcelQuestion {
  fromPincode: string;
  toPincode: string;
  weightGrams: number;
  cod: boolean;
  declaredMinor: number;
}

/** What one courier behind Shiprocket would take for the parcel. */
export interface CourierRate {
  courierId: number;
  name: string;
  /** All that is paid, cash on delivery included. */
  rateMinor: number;
  rtoMinor: number | null;
  surface: boolean;
  cod: boolean;
  days: number | null;
  rating: number | null;
}

export function buildServiceability(
  account: ShiprocketAccount,
  question: ParcelQuestion,
): HttpRequest {
  const query = new URLSearchParams({
    pickup_postcode: question.fromPincode,
    delivery_postcode: question.toPincode,
    weight: String(question.weightGrams / 1000),
    cod: question.cod ? '1' : '0',
    declared_value: String(rupees(question.declaredMinor)),
  });
  return get(account, '/courier/serviceability/', query);
}

/** Shiprocket says yes with a number, a text or a boolean. */
const yesOrNo = z.union([z.number(), z.string(), z.boolean()]).nullish();
const isYes = (value: z.output<typeof yesOrNo>): boolean =>
  value === true || value === 1 || value === '1';
const flag = yesOrNo.transform(isYes);

const courierSchema = z.object({
  courier_company_id: z.coerce.number().int(),
  courier_name: z.string().catch(''),
  rate: paise,
  rto_charges: paise.nullish().catch(null),
  estimated_delivery_days: z.coerce.number().nullish().catch(null),
  rating: z.coerce.number().nullish().catch(null),
  is_surface: flag,
  cod: flag,
  blocked: flag,
  // Not told is not a no.
  pickup_availability: yesOrNo.transform((value) => value == null || isYes(value)),
});

const answerSchema = z.object({
  data: z.object({ available_courier_companies: z.array(z.unknown()) }),
});

/** No courier is an answer too: it says so in the body, under HTTP 200. */
export function parseServiceability(
  account: ShiprocketAccount,
  question: ParcelQuestion,
  answer: HttpAnswer,
): Outcome<CourierRate[]> {
  const failure = httpFailure(account, answer, 'read');
  if (failure) return failure;
  const { json } = readBody(answer);
  const parsed = answerSchema.safeParse(json);
  if (!parsed.success) return notServed(answer, json);
  const offers = parsed.data.data.available_courier_companies.map((one) =>
    courierSchema.safeParse(one),
  );
  const read = offers.filter((offer) => offer.success).map((offer) => offer.data);
  // One offer of a new shape must not hide the others, but all of them are drift.
  if (read.length === 0 && offers.length > 0) return unreadable(answer, 'read');
  const usable = read.filter(
    (offer) => !offer.blocked && offer.pickup_availability && (offer.cod || !question.cod),
  );
  return { kind: 'done', value: usable.map(rateOf).toSorted(byPrice) };
}

function notServed(answer: HttpAnswer, json: unknown): Outcome<CourierRate[]> {
  const status = z.object({ status: z.coerce.number() }).safeParse(json).data?.status;
  if (status === 404 || answer.status === 404) return { kind: 'done', value: [] };
  if (answer.status === 422) return refusalOf(readError(answer), 'question-refused');
  return unreadable(answer, 'read');
}

function rateOf(offer: z.output<typeof courierSchema>): CourierRate {
  return {
    courierId: offer.courier_company_id,
    name: offer.courier_name,
    rateMinor: offer.rate,
    rtoMinor: offer.rto_charges ?? null,
    surface: offer.is_surface,
    cod: offer.cod,
    days: offer.estimated_delivery_days ?? null,
    rating: offer.rating ?? null,
  };
}

/** Cheapest first; of equal ones the better, then the lower number, so that the order is stable. */
function byPrice(a: CourierRate, b: CourierRate): number {
  return (
    a.rateMinor - b.rateMinor || (b.rating ?? 0) - (a.rating ?? 0) || a.courierId - b.courierId
  );
}
