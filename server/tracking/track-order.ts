import { withPgClientFromPgService } from 'postgraphile/@dataplan/pg';
import { z } from 'zod';

import { refusal } from '../errors/refusal.ts';
import { customerSettings } from '../graphql/settings.ts';
import { networkOf } from '../limits/client-address.ts';
import type { Limiter } from '../limits/limiter.ts';
import type { CustomerEvent } from '../live/customer-event.ts';

const nullableText = z.string().nullable();

const TrackedOrder = z.object({
  publicId: z.string(),
  number: z.string(),
  storeName: z.string(),
  timeZone: z.string(),
  fulfilmentType: z.string(),
  status: z.string(),
  shippingStatus: nullableText,
  trackingCode: nullableText,
  trackingUrl: nullableText,
  placedAt: z.string(),
  updatedAt: z.string(),
  cursor: z.string(),
  pickupLocation: z
    .object({ name: z.string(), address: z.string(), city: z.string(), pincode: z.string() })
    .nullable(),
  timeline: z.array(z.object({ status: z.string(), timestamp: z.string() })),
  items: z.array(z.object({ title: z.string(), variantTitle: nullableText, quantity: z.number() })),
  parcels: z.array(
    z.object({
      box: z.number(),
      status: z.string(),
      trackingCode: nullableText,
      trackingUrl: nullableText,
    }),
  ),
});

const TrackedEvents = z.array(
  z.object({
    seq: z.number(),
    oldStatus: nullableText,
    newStatus: nullableText,
    timestamp: z.string(),
    fulfilmentType: z.string(),
    shippingStatus: nullableText,
    trackingCode: nullableText,
    trackingUrl: nullableText,
  }),
);

/** One order as its customer may see it. */
export type TrackedOrder = z.infer<typeof TrackedOrder>;

export interface Tracking {
  /** Refuses an unknown public id as NOT_FOUND, and who guesses too often as RATE_LIMITED. */
  find(publicId: string, address: string): Promise<TrackedOrder>;
  eventsSince(publicId: string, seq: number): Promise<CustomerEvent[]>;
}

/** What a public id looks like; anything else is not even looked up. */
const publicIdForm = /^[A-Za-z0-9_-]{12}$/;

const trackOrder = 'select app_public.track_order($1) as found';
const trackEvents = 'select app_public.track_order_events($1, $2) as found';

/** Reads as waybill_customer, who may call two functions and read nothing. */
export function trackingOf(
  service: GraphileConfig.PgServiceConfiguration,
  limiter: Limiter,
): Tracking {
  const query = <Row>(text: string, values: unknown[]): Promise<readonly Row[]> =>
    withPgClientFromPgService(service, customerSettings(), async (client) => {
      return (await client.query<Row>({ text, values: values as string[] })).rows;
    });
  return {
    async find(publicId, address) {
      const [row] = publicIdForm.test(publicId)
        ? await query<{ found: unknown }>(trackOrder, [publicId])
        : [];
      if (row?.found == null) {
        throw await missed(limiter, address);
      }
      return TrackedOrder.parse(row.found);
    },
    async eventsSince(publicId, seq) {
      const [row] = await query<{ found: unknown }>(trackEvents, [publicId, seq]);
      return TrackedEvents.parse(row?.found).map((event) => ({
        ...event,
        publicId,
        cursor: String(event.seq),
      }));
    },
  };
}

/** Only links that lead nowhere count: who has a right one is never kept waiting by others. */
async function missed(limiter: Limiter, address: string): Promise<Error> {
  const waitMs = await limiter.admit(limiter.take('trackingMiss', networkOf(address)));
  if (waitMs === 0) return refusal('NOT_FOUND', 'There is no such order.', { field: 'publicId' });
  const retryAfter = Math.ceil(waitMs / 1000);
  return refusal('RATE_LIMITED', `Too many attempts. Try again in ${retryAfter} s.`, {
    retryAfter,
  });
}
