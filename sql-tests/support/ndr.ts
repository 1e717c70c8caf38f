import { drive, scan } from './drive.ts';
import type { Merchant } from './merchants.ts';
import { placeOrder } from './orders.ts';
import { rows } from './query.ts';
import type { Db } from './query.ts';

export interface NdrCase {
  id: string;
  order_id: string;
  shipment_id: string;
  attempt: number;
  status: string;
  reason: string;
  action: string | null;
  preferred_on: string | null;
  changes_phone: boolean;
  changes_address: boolean;
  note: string;
  outcome: string | null;
  hours: number;
  reminded_at: Date | null;
  accepted_at: Date | null;
}

export function casesOf(db: Db, orderId: string): Promise<NdrCase[]> {
  const sql = `select *, extract(epoch from deadline_at - failed_at)::integer / 3600 as hours
    from app_public.ndr_cases where order_id = $1 order by attempt`;
  return rows<NdrCase>(db, sql, [orderId]);
}

/** An order whose parcel could not be delivered, just now. */
export async function failedDelivery(db: Db, merchant: Merchant): Promise<string> {
  const order = await placeOrder(db, merchant, 'automated');
  await drive(db, merchant, order, 'labelled');
  await scan('in_transit', new Date(Date.now() - 3_600_000).toISOString())(db, merchant, order);
  await scan('undelivered', new Date(Date.now() - 1000).toISOString())(db, merchant, order);
  return order;
}

export async function caseOf(db: Db, orderId: string): Promise<NdrCase> {
  const latest = (await casesOf(db, orderId)).at(-1);
  if (latest === undefined) throw new Error('No delivery of the order has failed');
  return latest;
}
