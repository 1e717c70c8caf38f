import { z } from 'zod';
import type { Connector } from '../carriers/connector.ts';
import type { Consignee, Parcel, ShipFrom } from '../carriers/parcel.ts';
import type { Outcome } from '../outbound/outcome.ts';
import { CarrierAccountRow } from './accounts.ts';
import { connectorFor } from './carrier-connector.ts';
import type { TaskContext } from './context.ts';
import type { Attempt, Effect } from './effect-task.ts';
import { LocationRow, OrderRow, ShipmentRow } from './rows.ts';

/** What a task about one shipment is given with its claim. */
export const ShipmentContext = z.object({
  order: OrderRow,
  shipment: ShipmentRow,
  account: CarrierAccountRow,
  location: LocationRow,
  /** Of a booking that ended without an AWB; only where it may have to be undone. */
  leftover: z
    .object({
      reference: z.string(),
      memory: z.unknown(),
      sent: z.boolean(),
      reserved_number: z.string().nullable(),
    })
    .nullable(),
});
export type ShipmentContext = z.infer<typeof ShipmentContext>;

/** The carrier of an effect's account. */
export function carrierOf(
  effect: Effect,
  account: CarrierAccountRow,
  context: TaskContext,
): Connector {
  const { merchantId } = effect;
  return connectorFor(account, { merchantId, reference: effect.effect.reference }, context);
}

/** An outcome that no value came with, as the end of an attempt. */
export function asAttempt(
  outcome: Exclude<Outcome<never>, { kind: 'done' }>,
): Exclude<Attempt, { kind: 'recorded' }> {
  if (outcome.kind === 'absent')
    return { kind: 'drift', code: 'ABSENT', message: 'The carrier answered with nothing.' };
  if (outcome.kind === 'exists')
    return { kind: 'unknown', code: outcome.code, message: outcome.message };
  return outcome;
}

export function parcelOf(
  reference: string,
  { order, shipment, location }: ShipmentContext,
): Parcel {
  const { contact } = order;
  return {
    reference,
    serviceCodes: shipment.service_codes ?? [],
    consignee: { ...consigneeOf(contact), email: contact.customer_email },
    from: shipFrom(location),
    payment:
      shipment.payment_mode === 'cod'
        ? { mode: 'cod', amountMinor: shipment.cod_amount_minor }
        : { mode: 'prepaid' },
    totalMinor: shipment.declared_minor,
    lines: (shipment.lines ?? []).map((line) => ({
      sku: line.sku ?? line.title,
      title: line.title,
      quantity: line.quantity,
      unitPriceMinor: line.unit_price_minor,
      hsnCode: line.hsn_code,
    })),
    weightGrams: shipment.weight_grams,
    lengthMm: shipment.length_mm,
    widthMm: shipment.width_mm,
    heightMm: shipment.height_mm,
    orderedAt: new Date(order.placed_at).toISOString(),
    sellerName: order.store,
    pickupOn: shipment.pickup_on,
    box: shipment.box,
    boxes: shipment.boxes,
  };
}

export function consigneeOf(
  contact: Pick<
    OrderRow['contact'],
    'name' | 'phone_e164' | 'address1' | 'address2' | 'city' | 'state' | 'pincode' | 'country'
  >,
): Consignee {
  return {
    name: contact.name ?? '',
    phone: (contact.phone_e164 ?? '').replace(/^\+91/, ''),
    addressLines: [contact.address1, contact.address2].filter((line) => line !== null),
    city: contact.city ?? '',
    state: contact.state ?? '',
    pincode: contact.pincode ?? '',
    country: contact.country ?? 'IN',
  };
}

export function shipFrom({ registered_name: registeredName, ...location }: LocationRow): ShipFrom {
  return { ...location, registeredName };
}
