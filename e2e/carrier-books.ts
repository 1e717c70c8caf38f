import type { CarrierCode } from '../carriers/registry.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { OneProcess } from './one-process.ts';

/** The AWBs of the parcels that a carrier would still bring, or bring back. */
export function liveAwbs({ books }: Sandbox, carrier: CarrierCode): string[] {
  const { parcels, shiprocket, bluedart } = books;
  const live = {
    delhivery: [...parcels.values()].filter(({ cancelledAt }) => cancelledAt === null),
    // Promised at once and done a step later.
    shiprocket: [...shiprocket.orders.values()].filter(
      ({ awb, cancelRequestedAt }) => awb !== null && cancelRequestedAt === null,
    ),
    bluedart: [...bluedart.parcels.values()].filter(({ cancelledAt }) => cancelledAt === null),
  };
  return live[carrier].map(({ awb }) => awb ?? '');
}

/** Only these are there to be chosen. */
export async function only({ database }: OneProcess, ...carriers: CarrierCode[]): Promise<void> {
  await database.pool.query(
    `update app_public.carrier_accounts
     set disabled_at = case when carrier <> all ($1) then now() end`,
    [carriers],
  );
}

/** What a test asks about an order, by the shop's id of it. */
export interface OrderRow {
  id: string;
  status: string;
  attention: string | null;
  shipment: string;
  shipment_status: string;
  booking: number;
  carrier: CarrierCode;
  awb: string | null;
}

export function untilOrder(
  all: OneProcess,
  id: number,
  what: string,
  condition: string,
): Promise<OrderRow> {
  return all.workUntil<OrderRow>(
    `the order to be ${what}`,
    // The condition is a literal of a test.
    `select o.id, o.status, o.attention, s.id as shipment, s.status as shipment_status, s.booking,
       s.carrier, s.awb
     from app_public.orders_current o
     join app_public.shipments_current s on s.order_id = o.id
     where o.external_id = $1 and ${condition}
     order by s.booking desc limit 1`,
    [String(id)],
  );
}
