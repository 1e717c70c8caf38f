/**
 * Caused by: the first box labelled for an account, location and day.
 * Does: asks the carrier to collect there on that day.
 * Twice is harmless: Delhivery answers a repeat with the pickup that exists, and that is success.
 */
import { z } from 'zod';
import { buildRequestPickup, parseRequestPickup } from '../carriers/delhivery/request-pickup.ts';
import { CarrierAccountRow, delhiveryAccount } from '../worker/accounts.ts';
import { effectTask } from '../worker/effect-task.ts';
import { LocationRow } from '../worker/rows.ts';
import { callCarrier } from '../worker/shipment-context.ts';

const Context = z.object({
  pickup: z.object({ pickup_on: z.string() }),
  account: CarrierAccountRow,
  location: LocationRow,
  waiting: z.number().int(),
});

/** When the courier may come; the cut-off of the location is before it. */
const pickupTime = '16:00:00';

export const task = effectTask(async (effect, context) => {
  const { pickup, account, location, waiting } = Context.parse(effect.context);
  const requested = await callCarrier(effect, account, context, {
    operation: 'request_pickup',
    request: buildRequestPickup(delhiveryAccount(account, context.config), {
      location: location.registered_name,
      date: pickup.pickup_on,
      time: pickupTime,
      expectedPackages: Math.max(1, waiting),
    }),
    does: 'effect',
    parse: parseRequestPickup,
  });
  if (requested.kind === 'done') {
    await context.db.query('select app_private.record_carrier_pickup($1, $2, $3, $4)', [
      effect.merchantId,
      effect.subjectId,
      effect.effect.epoch,
      requested.value.pickupId,
    ]);
    return { kind: 'recorded' };
  }
  if (requested.kind === 'absent' || requested.kind === 'exists') {
    return {
      kind: 'drift',
      code: 'UNEXPECTED_ANSWER',
      message: 'Delhivery answered a pickup request with something else.',
    };
  }
  return requested;
});
