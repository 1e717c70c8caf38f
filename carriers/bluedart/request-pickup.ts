import { z } from 'zod';
import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import type { BlueDartSession } from './account.ts';
import { addressLines, shortName } from './address-lines.ts';
import type { PickupLocation } from './booking.ts';
import { demand } from '../parcel.ts';
import { httpFailure, readAnswer, unreadable } from './read-answer.ts';
import { classifyRefusal } from './refusals.ts';
import { enveloped, post } from './request.ts';
import { dayOfJsonDate, jsonDateOf } from './times.ts';

/** One visit a location and day, however many parcels. */
export interface PickupWish {
  location: PickupLocation;
  sellerName: string;
  waybills: readonly string[];
  /** `YYYY-MM-DD` in India. */
  date: string;
  /** `HH:MM` */
  time: string;
  closesAt: string;
  weightGrams: number;
}

export interface PickupRequested {
  /** Needed to call it off, together with the date; null when it existed already. */
  token: string | null;
  date: string;
  how: 'new' | 'existing';
}

export function buildRequestPickup(session: BlueDartSession, wish: PickupWish): HttpRequest {
  const { location } = wish;
  demand(/^[A-Z]{3}$/.test(location.areaCode), 'location.areaCode', 'has three capitals');
  demand(/^\d{10,15}$/.test(location.phone), 'location.phone', 'has 10 to 15 digits');
  demand(wish.waybills.length > 0, 'waybills', 'are at least one');
  const lines = addressLines(
    [location.address],
    location.city,
    location.pincode,
    'location.address',
  );
  const weight = Math.max(0.01, Math.ceil(wish.weightGrams / 10) / 100);
  const request = {
    AWBNo: wish.waybills,
    AreaCode: location.areaCode,
    CustomerCode: session.customerCode,
    CustomerName: shortName(wish.sellerName, 'sellerName'),
    ContactPersonName: shortName(location.name, 'location.name'),
    CustomerAddress1: lines[0] ?? '',
    CustomerAddress2: lines[1] ?? '',
    CustomerAddress3: lines[2] ?? '',
    CustomerPincode: location.pincode,
    // Told of under either name.
    CustomerTelephoneNumber: location.phone,
    CustomerTelephone: location.phone,
    MobileTelNo: location.phone,
    ProductCode: session.product,
    SubProducts: session.pickupSubProducts,
    NumberofPieces: wish.waybills.length,
    WeightofShipment: weight,
    VolumeWeight: weight,
    ShipmentPickupDate: jsonDateOf(wish.date),
    ShipmentPickupTime: wish.time.replace(':', ''),
    OfficeCloseTime: wish.closesAt.replace(':', ''),
    DoxNDox: '2',
    IsForcePickup: false,
    IsReversePickup: false,
    isToPayShipper: false,
    ReferenceNo: '',
    Remarks: '',
    RouteCode: '',
    EmailID: '',
  };
  const body = enveloped(session, session.pickupEnvelope, request);
  return post(session, '/pickup/v1/RegisterPickup', body);
}

const resultSchema = z.object({
  TokenNumber: z.union([z.string(), z.number()]).transform(String).nullish().catch(null),
  ShipmentPickupDate: z.string().nullish().catch(null),
});

/** A repeat is refused because it is registered: what was wanted holds. */
export function parseRequestPickup(wish: PickupWish, answer: HttpAnswer): Outcome<PickupRequested> {
  const failure = httpFailure(answer, 'effect');
  if (failure) return failure;
  const said = readAnswer(answer, 'RegisterPickup');
  if (said === null) return unreadable(answer, 'effect');
  const result = resultSchema.parse(said.result ?? {});
  const token = result.TokenNumber?.trim() || null;
  if (/pickup\s*(?:is\s*)?already\s*(?:is\s*)?regist/i.test(said.texts.join(' | '))) {
    return { kind: 'done', value: { token, date: wish.date, how: 'existing' } };
  }
  if (said.isError) return classifyRefusal(said.texts);
  if (token === null) {
    const message = 'Blue Dart confirmed a pickup without its number';
    return { kind: 'unknown', code: 'no-token', message };
  }
  const date = dayOfJsonDate(result.ShipmentPickupDate ?? '') ?? wish.date;
  return { kind: 'done', value: { token, date, how: 'new' } };
}

export interface PickupToCancel {
  token: string;
  /** Of the registration, `YYYY-MM-DD` in India. */
  date: string;
}

export function buildCancelPickup(session: BlueDartSession, pickup: PickupToCancel): HttpRequest {
  const request = {
    // A number; their test environment also gives out tokens that are none.
    TokenNumber: /^\d{1,15}$/.test(pickup.token) ? Number(pickup.token) : pickup.token,
    PickupRegistrationDate: jsonDateOf(pickup.date),
    Remarks: 'Cancelled',
  };
  const body = enveloped(session, session.pickupEnvelope, request);
  return post(session, '/cancel-pickup/v1/CancelPickup', body);
}

export function parseCancelPickup(answer: HttpAnswer): Outcome<true> {
  const failure = httpFailure(answer, 'effect');
  if (failure) return failure;
  const said = readAnswer(answer, 'CancelPickup');
  if (said === null) return unreadable(answer, 'effect');
  const text = said.texts.join(' | ');
  if (!said.isError || /already ?cancel/i.test(text)) return { kind: 'done', value: true };
  if (/not (?:registered|found)/i.test(text)) return { kind: 'absent' };
  return classifyRefusal(said.texts);
}
