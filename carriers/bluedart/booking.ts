import { assertPayment, demand, describeGoods, isCount } from '../parcel.ts';
import type { Consignee, Parcel, Payment, ShipFrom } from '../parcel.ts';
import { addressLines, shortName } from './address-lines.ts';

/** One parcel to hand to Blue Dart, cleaned and complete. */
export interface Booking {
  /** Ours, the same at every attempt; sent in the form of `blueDartReference`. */
  reference: string;
  consignee: Consignee;
  pickupLocation: PickupLocation;
  payment: Payment;
  /** Invoice value with tax, in paise. */
  totalMinor: number;
  description: string;
  weightGrams: number;
  lengthMm: number;
  widthMm: number;
  heightMm: number;
  /** `YYYY-MM-DD` in India: the day it is to be collected, not before today. */
  pickupOn: string;
  /** `HH:MM` */
  pickupTime: string;
  sellerName: string;
}

/** A warehouse. Blue Dart registers none; it asks for the area that the PIN code belongs to. */
export interface PickupLocation {
  name: string;
  /** Three capitals, from serviceability. */
  areaCode: string;
  address: string;
  city: string;
  pincode: string;
  /** Ten national digits. */
  phone: string;
}

/** The rules whose breach Blue Dart would not notice, or would answer with an empty body. */
export function assertBookable(booking: Booking): void {
  const { reference, consignee, pickupLocation } = booking;
  demand(reference.trim() !== '', 'reference', 'is not empty');
  assertConsignee(consignee);
  senderTexts(booking);
  demand(
    /^[A-Z]{3}$/.test(pickupLocation.areaCode),
    'pickupLocation.areaCode',
    'has three capitals',
  );
  demand(/^\d{10,15}$/.test(pickupLocation.phone), 'pickupLocation.phone', 'has 10 to 15 digits');
  demand(isCount(booking.weightGrams), 'weightGrams', 'is a whole number above zero');
  for (const side of ['lengthMm', 'widthMm', 'heightMm'] as const) {
    demand(isCount(booking[side]), side, 'is a whole number above zero');
  }
  demand(/^([01]\d|2[0-3]):[0-5]\d$/.test(booking.pickupTime), 'pickupTime', 'is HH:MM');
  assertPayment(booking);
}

/** The rules about where it goes, with what its form has no room for. */
export function assertConsignee(consignee: Consignee): void {
  const { phone, pincode } = consignee;
  demand(/^[6-9]\d{9}$/.test(phone), 'consignee.phone', 'has ten national digits');
  demand(/^[1-9]\d{5}$/.test(pincode), 'consignee.pincode', 'has six digits');
  consigneeTexts(consignee);
}

/** Name and address lines as they are sent; throws when they do not fit. */
export function consigneeTexts({ name, addressLines: parts, city, pincode }: Consignee): {
  name: string;
  lines: string[];
} {
  return {
    name: shortName(name, 'consignee.name'),
    lines: addressLines(parts, city, pincode, 'consignee.addressLines'),
  };
}

/** Those of the warehouse, likewise. */
export function senderTexts({ pickupLocation: from, sellerName }: Booking): {
  seller: string;
  contact: string;
  lines: string[];
} {
  return {
    seller: shortName(sellerName, 'sellerName'),
    contact: shortName(from.name, 'pickupLocation.name'),
    lines: addressLines([from.address], from.city, from.pincode, 'pickupLocation.address'),
  };
}

/** When the courier may come. */
const pickupTime = '16:00';

export function bookingOf(parcel: Parcel): Booking {
  return {
    ...parcel,
    pickupLocation: pickupLocation(parcel.from),
    description: describeGoods(parcel.lines),
    pickupTime,
  };
}

export function pickupLocation(from: ShipFrom): PickupLocation {
  return { ...from, areaCode: from.registeredName, phone: from.phone.replace(/\D/g, '') };
}
