import type { DelhiveryAccount } from '../accounts.ts';
import { textOf } from '../exchange.ts';
import { journeyFor } from '../journey.ts';
import type { Parcel } from '../records.ts';
import type { World } from '../world.ts';
import { isCod } from './create-rules.ts';
import type { Shipment } from './create-rules.ts';
import { collectIfAsked, recordStep } from './motion.ts';
import { reserveNumbers } from './waybills.ts';

/** The effect of a create: from here on the parcel exists, whatever the client is told. */
export function saveParcel(
  world: World,
  account: DelhiveryAccount,
  warehouse: string,
  uploadId: string,
  shipment: Shipment,
): Parcel {
  const awb = textOf(shipment, 'waybill') || (reserveNumbers(world, account.token, 1)[0] ?? '');
  const reservation = world.books.reservations.get(awb);
  if (reservation !== undefined) reservation.consumedAt = world.now();
  const reference = textOf(shipment, 'order');
  const phone = textOf(shipment, 'phone');
  const parcel: Parcel = {
    awb,
    reference,
    account: account.token,
    client: account.client,
    warehouse,
    uploadId,
    consigneeName: textOf(shipment, 'name'),
    address: textOf(shipment, 'add'),
    city: textOf(shipment, 'city'),
    state: textOf(shipment, 'state'),
    pin: textOf(shipment, 'pin'),
    phone,
    productsDescription: textOf(shipment, 'products_desc'),
    payment: isCod(shipment) ? 'COD' : 'Pre-paid',
    codAmount: isCod(shipment) ? Number(textOf(shipment, 'cod_amount')) : 0,
    totalAmount: Number(textOf(shipment, 'total_amount')),
    weightGrams: Number(textOf(shipment, 'weight')),
    quantity: textOf(shipment, 'quantity') || '1',
    ewayBill: textOf(shipment, 'ewbn'),
    createdAt: world.now(),
    cancelledAt: null,
    pickupId: null,
    journey: journeyFor(world, phone, reference),
    position: -1,
    scans: [],
    labelRequests: 0,
    ndrRequests: [],
  };
  world.books.addParcel(parcel);
  // The scan of the manifest is pushed a little later than the create is answered.
  recordStep(world, parcel, world.settings.parcelStepMs / 2);
  collectIfAsked(world, parcel);
  return parcel;
}
