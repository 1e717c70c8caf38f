/**
 * Caused by: the first box labelled for an account, location and day; with a carrier that collects
 * parcels and not visits, by each box; and again for boxes that were not collected on their day.
 * Does: asks the carrier to collect there on that day, unless nothing waits any more.
 * Twice is harmless: carriers answer a repeat with the pickup that exists, and that is success.
 */
import { z } from 'zod';
import { CarrierAccountRow } from '../worker/accounts.ts';
import { effectTask } from '../worker/effect-task.ts';
import { LocationRow } from '../worker/rows.ts';
import { asAttempt, carrierOf, shipFrom } from '../worker/shipment-context.ts';

const Context = z.object({
  pickup: z.object({ pickup_on: z.string() }),
  account: CarrierAccountRow,
  location: LocationRow,
  merchant: z.string(),
  parcels: z
    .array(
      z.object({
        awb: z.string(),
        ids: z.record(z.string(), z.number()).nullable(),
        routing: z.string().nullable(),
        weight_grams: z.number().int(),
      }),
    )
    .nullable(),
});

/** When the courier may come; the cut-off of the location is before it. */
const pickupTime = '16:00';
const closesAt = '19:00';

/** Then the database calls the effect off. */
const nothingWaits = {
  kind: 'transient',
  code: 'NOTHING_WAITS',
  message: 'No box waits there any more.',
} as const;

export const task = effectTask(async (effect, context) => {
  const { pickup, account, location, merchant, parcels } = Context.parse(effect.context);
  if (!parcels?.length) return nothingWaits;
  const collection = await carrierOf(effect, account, context).collect({
    from: shipFrom(location),
    sellerName: merchant,
    date: pickup.pickup_on,
    time: pickupTime,
    closesAt,
    parcels: parcels.map(({ awb, ids, routing, weight_grams: weightGrams }) => ({
      awb,
      ids: ids ?? {},
      routing: routing?.split('/') ?? [],
      weightGrams,
    })),
  });
  if (collection.kind !== 'done') {
    const failed = asAttempt(collection);
    // Whoever reads it has an order before them, and not the visit.
    const visit = `No pickup at ${location.name} on ${pickup.pickup_on}`;
    return { ...failed, message: `${visit}: ${failed.message}` };
  }
  await context.db.query('select app_private.record_carrier_pickup($1, $2, $3, $4)', [
    effect.merchantId,
    effect.subjectId,
    effect.effect.epoch,
    collection.value.pickupId,
  ]);
  return { kind: 'recorded' };
});
