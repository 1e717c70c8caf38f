import { asMember } from '../support/acting.ts';
import type { TestDatabase } from '../support/database.ts';
import { drive } from '../support/drive.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder } from '../support/orders.ts';
import { committed } from '../support/parallel.ts';
import {
  mustClaim,
  recordCancellation,
  recordOffers,
  shipmentOf,
  shipmentsOf,
  surface,
} from '../support/pipeline.ts';
import type { Answer } from '../support/pipeline.ts';
import { value } from '../support/query.ts';
import type { Db } from '../support/query.ts';

export function rebook(
  db: Db,
  shipment: string,
  account: number | null = null,
  { reason = 'The pickup never came.', key = null as string | null } = {},
): Promise<unknown> {
  return value(
    db,
    'select to_jsonb(s) as value from app_public.rebook_shipment($1, $2, $3, $4) s',
    [shipment, reason, account, key],
  );
}

export const takes = (account_id: number, more: object = {}): Answer => ({
  account_id,
  offers: [{ ...surface, ...more }],
});

/** What tests of boxes that are booked anew do, each step in a transaction that commits. */
export function rebookings(here: () => { database: TestDatabase; mine: Merchant }) {
  const pool = () => here().database.pool;
  return {
    asManager: async <T>(work: (db: Db) => Promise<T>): Promise<T> => {
      const { database, mine } = here();
      const client = await database.connect();
      const result = await committed(client, async () => {
        await asMember(client, mine, 'manager');
        return work(client);
      });
      await client.end();
      return result;
    },

    orderAt: async (status: 'assigned' | 'labelled'): Promise<{ order: string; box: string }> => {
      const order = await placeOrder(pool(), here().mine, 'automated');
      await drive(pool(), here().mine, order, status);
      return { order, box: (await shipmentOf(pool(), order)).id };
    },

    /** What carriers say about an order whose box shall go with another one. */
    offered: async (order: string, answers: Answer[]): Promise<string> => {
      const { effect } = await mustClaim(pool(), here().mine, order, 'assign_order');
      return recordOffers(pool(), here().mine, order, effect.epoch, answers);
    },

    callOff: async (box: string): Promise<void> => {
      const { effect } = await mustClaim(pool(), here().mine, box, 'cancel_shipment');
      await recordCancellation(pool(), here().mine, box, effect.epoch);
    },

    /** The newest booking of the order's box. */
    latest: async (order: string) => {
      const box = (await shipmentsOf(pool(), order)).at(-1);
      if (box === undefined) throw new Error('The order has no box');
      return box;
    },

    attentionOf: (order: string) =>
      value<string | null>(
        pool(),
        'select attention as value from app_public.orders_current where id = $1',
        [order],
      ),
  };
}
