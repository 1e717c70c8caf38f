import { z } from 'zod';
import { callService } from '../outbound/call.ts';
import type { Call } from '../outbound/call.ts';
import type { Outcome } from '../outbound/outcome.ts';
import { CarrierAccountRow } from './accounts.ts';
import type { TaskContext } from './context.ts';
import type { Effect } from './effect-task.ts';
import { LocationRow, OrderRow, ShipmentRow } from './rows.ts';

/** What a task about one shipment is given with its claim. */
export const ShipmentContext = z.object({
  order: OrderRow,
  shipment: ShipmentRow,
  account: CarrierAccountRow,
  location: LocationRow,
});
export type ShipmentContext = z.infer<typeof ShipmentContext>;

/** A call of a carrier for an effect: account, reference and time-out come from the claim. */
export function callCarrier<T>(
  effect: Effect,
  account: CarrierAccountRow,
  context: TaskContext,
  call: Pick<Call<T>, 'operation' | 'request' | 'does' | 'parse'>,
): Promise<Outcome<T>> {
  return callService(context.db, {
    merchantId: effect.merchantId,
    service: account.service,
    accountId: account.id,
    reference: effect.effect.reference,
    timeoutMs: effect.policy.timeout_ms,
    ...call,
  });
}
