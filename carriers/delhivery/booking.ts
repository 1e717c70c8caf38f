import { assertPayment, demand, isCount } from '../parcel.ts';
import type { Consignee, Payment } from '../parcel.ts';

/** One parcel to hand to Delhivery, cleaned and complete. */
export interface Booking {
  /**
   * Ours; below 50 characters; the same at every attempt, because a lost answer is looked up by it.
   */
  reference: string;
  /**
   * Reserved before, stored, and never exchanged for another one: that would make a second parcel.
   */
  waybill: string;
  consignee: Consignee;
  pickupLocation: PickupLocation;
  payment: Payment;
  /** Invoice value with tax, in paise. */
  totalMinor: number;
  description: string;
  quantity: number;
  weightGrams: number;
  lengthMm: number;
  widthMm: number;
  heightMm: number;
  hsnCode: string | null;
  /** ISO 8601 with an offset. */
  orderedAt: string;
  sellerName: string;
}

/** A warehouse; its name is the one registered with Delhivery, letter by letter. */
export interface PickupLocation {
  name: string;
  address: string;
  city: string;
  state: string;
  pincode: string;
  phone: string;
}

/** The rules whose breach Delhivery would not notice, or would notice too late. */
export function assertBookable(booking: Booking): void {
  const { reference, waybill, consignee, pickupLocation } = booking;
  demand(/^[\w./-]{1,49}$/.test(reference), 'reference', 'is 1 to 49 of A-Z a-z 0-9 . _ / -');
  demand(/^[0-9A-Za-z]{6,20}$/.test(waybill), 'waybill', 'is reserved before the booking');
  assertConsignee(consignee);
  demand(pickupLocation.name !== '', 'pickupLocation.name', 'is the registered name');
  demand(isCount(booking.quantity), 'quantity', 'is a whole number above zero');
  demand(isCount(booking.weightGrams), 'weightGrams', 'is a whole number above zero');
  assertPayment(booking);
}

/** The rules about where it goes: Delhivery takes the city from the PIN code. */
export function assertConsignee({ phone, pincode }: Consignee): void {
  demand(/^[6-9]\d{9}$/.test(phone), 'consignee.phone', 'has ten national digits');
  demand(/^[1-9]\d{5}$/.test(pincode), 'consignee.pincode', 'has six digits');
}
