import { z } from 'zod';
import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import type { BlueDartSession } from './account.ts';
import { shortName, shortText } from './address-lines.ts';
import { assertBookable, consigneeTexts, senderTexts } from './booking.ts';
import type { Booking } from './booking.ts';
import { httpFailure, readAnswer, unreadable } from './read-answer.ts';
import { blueDartReference } from './reference.ts';
import { classifyRefusal } from './refusals.ts';
import { enveloped, post } from './request.ts';
import { jsonDateOf } from './times.ts';

export interface Created {
  awb: string;
  /** What the label is routed by. */
  routing: Routing;
  /** Blue Dart had this reference already and named its waybill. */
  adopted: boolean;
  /** Of the prepaid account, in paise: the only early warning there is. */
  balanceMinor: number | null;
}

export interface Routing {
  area: string;
  serviceCentre: string;
  /** Missing when the waybill was adopted. */
  cluster: string | null;
}

/**
 * Never with a pickup on the side: the waybill may succeed while that part fails. Never with a
 * label, because a repeated request is answered without one: ours is made from the routing codes.
 */
export function buildCreateShipment(session: BlueDartSession, booking: Booking): HttpRequest {
  assertBookable(booking);
  const request = {
    Consignee: consigneeOf(booking),
    Shipper: shipperOf(session, booking),
    Returnadds: returnOf(booking),
    Services: servicesOf(session, booking),
  };
  return post(session, '/waybill/v1/GenerateWayBill', enveloped(session, 'upper', request));
}

function consigneeOf({ consignee }: Booking): object {
  const { phone, pincode } = consignee;
  const { name, lines } = consigneeTexts(consignee);
  return {
    ConsigneeName: name,
    ConsigneeAddress1: lines[0] ?? '',
    ConsigneeAddress2: lines[1] ?? '',
    ConsigneeAddress3: lines[2] ?? '',
    ConsigneePincode: pincode,
    ConsigneeMobile: phone,
    ConsigneeTelephone: '',
    ConsigneeEmailID: '',
    ConsigneeAttention: name,
  };
}

function shipperOf(session: BlueDartSession, booking: Booking): object {
  const { pickupLocation: from, sellerName } = booking;
  const { seller, lines } = senderTexts(booking);
  return {
    OriginArea: from.areaCode,
    CustomerCode: session.customerCode,
    CustomerName: seller,
    CustomerAddress1: lines[0] ?? '',
    CustomerAddress2: lines[1] ?? '',
    CustomerAddress3: lines[2] ?? '',
    CustomerPincode: from.pincode,
    CustomerMobile: from.phone,
    CustomerTelephone: '',
    CustomerEmailID: '',
    IsToPayCustomer: false,
    Sender: shortName(sellerName, 'sellerName', 20),
    VendorCode: '',
  };
}

function returnOf(booking: Booking): object {
  const { pickupLocation: from } = booking;
  const { contact, lines } = senderTexts(booking);
  return {
    ReturnAddress1: lines[0] ?? '',
    ReturnAddress2: lines[1] ?? '',
    ReturnAddress3: lines[2] ?? '',
    ReturnPincode: from.pincode,
    ReturnMobile: from.phone,
    ReturnContact: contact,
  };
}

function servicesOf(session: BlueDartSession, booking: Booking): object {
  const { payment } = booking;
  const [length, breadth, height] = [booking.lengthMm, booking.widthMm, booking.heightMm].map(
    (mm) => Math.max(1, Math.ceil(mm / 10)),
  );
  return {
    AWBNo: '',
    ProductCode: session.product,
    SubProductCode: payment.mode === 'cod' ? 'C' : 'P',
    ProductType: 1,
    PieceCount: '1',
    ActualWeight: kilograms(booking.weightGrams),
    DeclaredValue: booking.totalMinor / 100,
    CollectableAmount: payment.mode === 'cod' ? payment.amountMinor / 100 : 0,
    CreditReferenceNo: blueDartReference(booking.reference),
    CreditReferenceNo2: '',
    CreditReferenceNo3: '',
    PickupDate: jsonDateOf(booking.pickupOn),
    PickupTime: booking.pickupTime.replace(':', ''),
    RegisterPickup: false,
    PDFOutputNotRequired: true,
    PackType: '',
    SpecialInstruction: '',
    // A string: the number would demand a one-time password at the door.
    OTPBasedDelivery: '0',
    OTPCode: '',
    noOfDCGiven: 0,
    Dimensions: [{ Length: length, Breadth: breadth, Height: height, Count: 1 }],
    Commodity: commodityOf(booking.description),
  };
}

/** Letters and digits only, 30 of them. */
function commodityOf(description: string): object {
  const goods = shortText(description.replace(/[^\p{L}\p{M}\p{N}]+/gu, ' '), 30);
  return { CommodityDetail1: goods || 'Goods', CommodityDetail2: '', CommodityDetail3: '' };
}

/** Two decimals, rounded up: «0.00» counts as missing. */
function kilograms(grams: number): string {
  return (Math.ceil(grams / 10) / 100).toFixed(2);
}

const text = z.union([z.string(), z.number()]).transform((value) => String(value).trim());
const resultSchema = z.object({
  AWBNo: text.nullish().catch(null),
  CCRCRDREF: text.nullish().catch(null),
  DestinationArea: text.nullish().catch(null),
  DestinationLocation: text.nullish().catch(null),
  ClusterCode: text.nullish().catch(null),
  AvailableBalance: z.coerce.number().nullish().catch(null),
});

export function parseCreateShipment(booking: Booking, answer: HttpAnswer): Outcome<Created> {
  const failure = httpFailure(answer, 'effect');
  if (failure) return failure;
  const said = readAnswer(answer, 'GenerateWayBill');
  if (said === null) return unreadable(answer, 'effect');
  const known = alreadyGenerated(said.texts.join(' | '));
  if (known !== null) return known;
  const result = resultSchema.parse(said.result ?? {});
  const awb = result.AWBNo ?? '';
  if (!said.isError && /^\d{8,14}$/.test(awb)) return confirm(booking, awb, result);
  if (awb === '' && said.isError) return classifyRefusal(said.texts, personalValues(booking));
  const message = 'Blue Dart named a waybill with an error, or none without one';
  return { kind: 'unknown', code: 'contradiction', message };
}

/** Success for another reference than we sent is a parcel all the same: look up what there is. */
function confirm(
  booking: Booking,
  awb: string,
  result: z.output<typeof resultSchema>,
): Outcome<Created> {
  const echoed = result.CCRCRDREF ?? '';
  if (echoed !== '' && echoed !== blueDartReference(booking.reference)) {
    const message = 'Blue Dart confirmed another reference than was sent';
    return { kind: 'unknown', code: 'confirmation-differs', message };
  }
  const { DestinationArea: area, DestinationLocation: serviceCentre } = result;
  const balance = result.AvailableBalance ?? 0;
  return {
    kind: 'done',
    value: {
      awb,
      routing: {
        area: area ?? '',
        serviceCentre: serviceCentre ?? '',
        cluster: result.ClusterCode || null,
      },
      adopted: false,
      // Zero is also what accounts without prepayment are told.
      balanceMinor: balance > 0 ? Math.round(balance * 100) : null,
    },
  };
}

/** «Waybill already generated … Waybill No : 21094582725 Dest Area : GGN Dest Scrcd : GDC» */
function alreadyGenerated(said: string): Outcome<Created> | null {
  if (!/already generated/i.test(said)) return null;
  const awb = /waybill no\s*[:.]?\s*(\d{8,14})\b/i.exec(said)?.[1];
  if (awb === undefined) {
    const message = 'Blue Dart has this reference already and names no waybill';
    return { kind: 'exists', code: 'duplicate-reference', message };
  }
  const area = /dest area\s*:\s*([A-Z0-9]{2,5})\b/i.exec(said)?.[1] ?? '';
  const serviceCentre = /dest scrcd\s*:\s*([A-Z0-9]{2,5})\b/i.exec(said)?.[1] ?? '';
  const routing = { area, serviceCentre, cluster: null };
  return { kind: 'done', value: { awb, routing, adopted: true, balanceMinor: null } };
}

function personalValues({ consignee }: Booking): string[] {
  return [consignee.name, consignee.phone, ...consignee.addressLines];
}
