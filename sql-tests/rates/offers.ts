import { drive } from '../support/drive.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder } from '../support/orders.ts';
import type { OrderInput } from '../support/orders.ts';
import { mustClaim, recordOffers, surface } from '../support/pipeline.ts';
import type { Answer } from '../support/pipeline.ts';
import { one } from '../support/query.ts';
import type { Db } from '../support/query.ts';

/** An order that waits to be assigned. */
export async function validatedOrder(
  db: Db,
  merchant: Merchant,
  changes: OrderInput = {},
): Promise<string> {
  const order = await placeOrder(db, merchant, 'automated', changes);
  await drive(db, merchant, order, 'validated');
  return order;
}

/** One round, by a worker that claims it. */
export async function decideOn(
  db: Db,
  merchant: Merchant,
  order: string,
  answers: Answer[],
): Promise<string> {
  const { effect } = await mustClaim(db, merchant, order, 'assign_order');
  return recordOffers(db, merchant, order, effect.epoch, answers);
}

export const offer = (price: number | null, days: number | null = null, more: object = {}) => ({
  ...surface,
  price_minor: price,
  days,
  ...more,
});

export const circuitOpen = (dueInMs: number) => ({
  failure: {
    reason: 'circuit_open',
    outcome: 'transient',
    code: 'CIRCUIT_OPEN',
    message: 'The carrier is being left alone.',
    due_in_ms: dueInMs,
  },
});

export const chosenFor = (db: Db, order: string) =>
  one<{ carrier_account_id: number; service: string; service_codes: string[] | null }>(
    db,
    'select carrier_account_id, service, service_codes from app_public.shipments_current where order_id = $1',
    [order],
  );
