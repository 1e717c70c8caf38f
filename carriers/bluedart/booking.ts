import { assertPayment, demand, describeGoods, isCount } from '../parcel.ts';
import type { Consignee, Parcel, Payment, ShipFrom } from '../parcel.ts';

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
  demand(/^[6-9]\d{9}$/.test(consignee.phone), 'consignee.phone', 'has ten national digits');
  demand(/^[1-9]\d{5}$/.test(consignee.pincode), 'consignee.pincode', 'has six digits');
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
