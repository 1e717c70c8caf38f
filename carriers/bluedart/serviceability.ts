import { z } from 'zod';
import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import type { DeclaredLimits, ServedPlace } from '../served-place.ts';
import type { BlueDartSession } from './account.ts';
import { httpFailure, readAnswer, unreadable } from './read-answer.ts';
import { readRefusal } from './refusals.ts';
import type { Routing } from './create-shipment.ts';
import { post, profileOf } from './request.ts';
import { dayOfJsonDate, jsonDateOf } from './times.ts';

export interface Serviceability extends ServedPlace, DeclaredLimits {
  /** The origin area of a pickup location here. */
  areaCode: string | null;
  serviceCentre: string | null;
}

/** Also how a connection is checked: it needs the token and the profile, and changes nothing. */
export function buildServiceability(session: BlueDartSession, pincode: string): HttpRequest {
  return post(session, '/finder/v1/GetServicesforPincode', {
    pinCode: pincode,
    profile: profileOf(session),
  });
}

const text = z
  .string()
  .nullish()
  .transform((value) => value?.trim() || null);
const resultSchema = z.object({
  PinCode: z.union([z.string(), z.number()]).transform(String).nullish(),
  AreaCode: text,
  ServiceCenterCode: text,
  CityDescription: text,
  Embargo: text,
});

export function parseServiceability(
  session: BlueDartSession,
  pincode: string,
  answer: HttpAnswer,
): Outcome<Serviceability> {
  const failure = httpFailure(answer, 'read');
  if (failure) return failure;
  const said = readAnswer(answer, 'GetServicesforPincode');
  if (said === null) return unreadable(answer, 'read');
  if (said.isError) {
    const isUnserved = /invalid pin ?code|not serviceable|no service/i.test(said.texts.join(' | '));
    return isUnserved ? { kind: 'done', value: unserved(pincode) } : readRefusal(said.texts);
  }
  const result = resultSchema.safeParse(said.result);
  const services = servicesFor(session.product, said.result ?? {});
  if (!result.success || services === null) return unreadable(answer, 'read');
  if (result.data.PinCode != null && result.data.PinCode !== pincode) {
    return {
      kind: 'drift',
      code: 'other-pincode',
      message: 'The answer is about another PIN code',
    };
  }
  const embargo = isYes(result.data.Embargo);
  const { prepaid, cod, pickup, codLimitMinor, prepaidLimitMinor } = services;
  return {
    kind: 'done',
    value: {
      pincode,
      serviceable: !embargo && (prepaid || cod),
      embargo,
      prepaid: prepaid && !embargo,
      cod: cod && !embargo,
      pickup: pickup && !embargo,
      city: result.data.CityDescription,
      areaCode: result.data.AreaCode,
      serviceCentre: result.data.ServiceCenterCode,
      codLimitMinor,
      prepaidLimitMinor,
    },
  };
}

/** Inbound is for destinations, outbound for origins. Null when the flags are not there at all. */
function servicesFor(product: 'A' | 'E', result: Record<string, unknown>) {
  const way = product === 'A' ? 'air' : 'ground';
  // Keys are told of with several spellings: eTail and ETail, Outbound and Outound.
  const entries = Object.entries(result).map(
    ([key, value]) => [key.toLowerCase().replace('outound', 'outbound'), value] as const,
  );
  const value = (key: string) => entries.find(([name]) => name === key.toLowerCase())?.[1];
  const prepaid = value(`etailprepaid${way}inbound`);
  const cod = value(`etailcod${way}inbound`);
  if (typeof prepaid !== 'string' || typeof cod !== 'string') return null;
  return {
    prepaid: isYes(prepaid),
    cod: isYes(cod),
    pickup: isYes(value(`etailprepaid${way}outbound`)) || isYes(value(`etailcod${way}outbound`)),
    codLimitMinor: limitOf(value(`${way}valuelimit`)),
    prepaidLimitMinor: limitOf(value(`${way}valuelimitetailprepaid`)),
  };
}

function isYes(value: unknown): boolean {
  return typeof value === 'string' && /^y(?:es)?$/i.test(value.trim());
}

function limitOf(value: unknown): number | null {
  const rupees =
    typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN;
  return Number.isFinite(rupees) && rupees > 0 ? Math.round(rupees * 100) : null;
}

function unserved(pincode: string): Serviceability {
  return {
    pincode,
    serviceable: false,
    embargo: false,
    prepaid: false,
    cod: false,
    pickup: false,
    city: null,
    areaCode: null,
    serviceCentre: null,
    codLimitMinor: null,
    prepaidLimitMinor: null,
  };
}

/** A waybill found by its reference comes without routing codes: its PIN code has them. */
export function routingOf({ areaCode, serviceCentre }: Serviceability): Routing | null {
  if (areaCode === null || serviceCentre === null) return null;
  return { area: areaCode, serviceCentre, cluster: null };
}

export interface TransitWish {
  from: string;
  to: string;
  payment: 'prepaid' | 'cod';
  /** `YYYY-MM-DD` in India. */
  on: string;
  /** `HH:MM` */
  at: string;
}

/** When would it arrive? The origin's key is told of with and without `From`: both are sent. */
export function buildTransitTime(session: BlueDartSession, wish: TransitWish): HttpRequest {
  return post(session, '/transit/v1/GetDomesticTransitTimeForPinCodeandProduct', {
    pPinCode: wish.from,
    pPinCodeFrom: wish.from,
    pPinCodeTo: wish.to,
    pProductCode: session.product,
    pSubProductCode: wish.payment === 'cod' ? 'C' : 'P',
    pPudate: jsonDateOf(wish.on),
    pPickupTime: wish.at.replace(':', ''),
    profile: profileOf(session),
  });
}

const transitSchema = z.object({ ExpectedDateDelivery: z.string() });

/** The day of delivery, `YYYY-MM-DD` in India. */
export function parseTransitTime(answer: HttpAnswer): Outcome<string> {
  const failure = httpFailure(answer, 'read');
  if (failure) return failure;
  const said = readAnswer(answer, 'GetDomesticTransitTimeForPinCodeandProduct');
  if (said === null) return unreadable(answer, 'read');
  if (said.isError) return readRefusal(said.texts);
  const parsed = transitSchema.safeParse(said.result);
  const day = parsed.success ? dayOf(parsed.data.ExpectedDateDelivery) : null;
  return day === null ? unreadable(answer, 'read') : { kind: 'done', value: day };
}

/** `/Date(…)/`, or `06-Jan-26` as older answers have it. */
function dayOf(text: string): string | null {
  const day = dayOfJsonDate(text);
  if (day !== null) return day;
  const at = Date.parse(`${text.trim().replace(/-(\d\d)$/, '-20$1')} 12:00 UTC`);
  return Number.isNaN(at) ? null : new Date(at).toISOString().slice(0, 10);
}
