import type { LabelData } from '../documents/label-pdf.ts';
import type { BlueDartAccount } from './account.ts';
import type { Booking } from './booking.ts';
import type { Created } from './create-shipment.ts';

/** What we put on a label of our own: Blue Dart's comes once, and not at all when a booking is repeated. */
export function labelOf(
  account: BlueDartAccount,
  booking: Booking,
  { awb, routing }: Pick<Created, 'awb' | 'routing'>,
  label: Pick<LabelData, 'box' | 'boxes' | 'madeAt'>,
): LabelData {
  const { consignee, pickupLocation: from } = booking;
  return {
    carrier: 'Blue Dart',
    service: account.product === 'A' ? 'Air' : 'Surface',
    awb,
    routing: [routing.area, routing.serviceCentre].filter((code) => code !== ''),
    reference: booking.reference,
    payment: booking.payment,
    declaredMinor: booking.totalMinor,
    consignee,
    from: {
      name: booking.sellerName,
      addressLines: [from.address],
      city: from.city,
      state: '',
      pincode: from.pincode,
      phone: from.phone,
    },
    weightGrams: booking.weightGrams,
    lengthMm: booking.lengthMm,
    widthMm: booking.widthMm,
    heightMm: booking.heightMm,
    description: booking.description,
    pickupOn: booking.pickupOn,
    ...label,
  };
}
