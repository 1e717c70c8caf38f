/** Parcels that come back, with webhooks that come twice or in any order. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { carriers } from '../carriers/registry.ts';
import type { CarrierCode } from '../carriers/registry.ts';
import { codOrder } from '../channels/shopify/samples.ts';
import { broken } from '../sql-tests/proof/broken.ts';
import { only, untilOrder } from './carrier-books.ts';
import { startInOneProcess } from './one-process.ts';
import type { OneProcess } from './one-process.ts';

let all: OneProcess;
beforeAll(async () => {
  all = await startInOneProcess();
}, 60_000);
afterAll(() => all.close());
beforeEach(() => all.sandbox.faults.clear());

const codes = Object.keys(carriers) as CarrierCode[];
let orders = 9700;

/** The end of the phone decides the parcel's fate: see the sandbox's README. */
async function place(fate: string): Promise<number> {
  orders += 1;
  const address = { ...codOrder.shipping_address, phone: `+919847${fate}` };
  expect(await all.webhook(orders, { shipping_address: address })).toBe(200);
  return orders;
}

describe.each(codes)('a parcel that %s brings back of itself', (carrier) => {
  test.each(['duplicate_webhooks', 'unordered_webhooks'] as const)(
    'brings its order to returned, with %s',
    async (kind) => {
      await only(all, carrier);
      all.sandbox.faults.add({ operation: `${carrier}.webhook`, kind });
      const id = await place('770002');
      await untilOrder(all, id, 'returned', `o.status = 'returned' and s.status = 'returned'`);
      const { rows } = await all.database.pool.query<{ status: string }>(
        `select c.status from app_public.ndr_cases c
         join app_public.orders_current o on o.id = c.order_id where o.external_id = $1`,
        [String(id)],
      );
      // The sandbox's scans are of one second: that of the failed attempt may be heard of when the parcel is
      // on its way back, and opens no case then. What is told twice never opens a second one.
      expect(rows.filter(({ status }) => status !== 'closed')).toEqual([]);
      if (kind === 'duplicate_webhooks') expect(rows.length).toBeLessThanOrEqual(1);
      expect(await broken(all.database.pool)).toEqual({});
    },
    90_000,
  );
});
