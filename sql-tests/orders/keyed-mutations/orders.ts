import { randomUUID } from 'node:crypto';

import { orderInput, placeOrder } from '../../support/orders.ts';
import { count } from '../../support/query.ts';
import { changeLast } from './mutation.ts';
import type { Mutation, World } from './mutation.ts';

const events = ([order]: unknown[], { db }: World) =>
  count(db, 'app_public.order_events where order_id = $1', [order]);

const audited =
  (condition: string) =>
  ([order]: unknown[], { db }: World) =>
    count(db, `app_public.order_events where order_id = $1 and ${condition}`, [order]);

/** An order that has gone these steps. */
export async function moved({ db, merchant }: World, ...steps: string[]): Promise<string> {
  const order = await placeOrder(db, merchant, 'shipping');
  for (const to of steps) {
    await db.query(
      `insert into app_public.order_events (order_id, to_status, reason) values ($1, $2, 'so')`,
      [order, to],
    );
  }
  return order;
}

/** What is done to orders. */
export const orderMutations: Readonly<Record<string, Mutation>> = {
  place_order: {
    sql: 'app_public.place_order($1, $2)',
    prepare: async ({ merchant }) => [
      orderInput(merchant.shipping, { external_number: randomUUID() }),
    ],
    another: (_values, { merchant }) => [
      orderInput(merchant.shipping, { external_number: 'another' }),
    ],
    happened: async ([input], { db }) =>
      count(db, 'app_public.orders_current where external_number = $1', [
        (input as { external_number: string }).external_number,
      ]),
  },
  transition_order: {
    sql: 'app_public.transition_order($1, $2, null, null, $3)',
    prepare: async (world) => [await moved(world), 'accepted'],
    another: changeLast('cancelled'),
    happened: async (values, world) => (await events(values, world)) - 1,
  },
  transition_orders: {
    sql: 'app_public.transition_orders(array[$1::uuid], $2, null, null, $3)',
    prepare: async (world) => [await moved(world), 'accepted'],
    another: changeLast('cancelled'),
    happened: async (values, world) => (await events(values, world)) - 1,
    needsMerchant: true,
  },
  ship_order: {
    sql: 'app_public.ship_order($1, $2, null, null, $3)',
    prepare: async (world) => [await moved(world, 'accepted'), 'DTDC-123456'],
    another: changeLast('DTDC-654321'),
    happened: audited(`to_status = 'shipped'`),
  },
  override_order_status: {
    sql: `app_public.override_order_status($1, $2, 'so', $3)`,
    prepare: async (world) => [await moved(world), 'packing'],
    another: changeLast('shipped'),
    happened: audited('override'),
  },
  cancel_order: {
    sql: 'app_public.cancel_order($1, $2, $3)',
    prepare: async (world) => [await moved(world), 'Changed'],
    another: changeLast('Another reason'),
    happened: audited(`to_status = 'cancelled'`),
  },
  correct_ship_to: {
    sql: 'app_public.correct_ship_to($1, $2, $3, $4)',
    prepare: async (world) => [await moved(world), { city: 'Pala' }, 'Moved'],
    another: changeLast('Another reason'),
    happened: audited(`type = 'ship_to_corrected'`),
  },
  clear_attention: {
    sql: 'app_public.clear_attention($1, $2, $3)',
    prepare: async (world) => [await moved(world), 'Looked'],
    another: changeLast('Another note'),
    happened: audited(`type = 'attention_cleared'`),
  },
  erase_customer: {
    sql: `app_public.erase_customer($1, null, $2, $3)`,
    prepare: async (world) => [await moved(world, 'cancelled'), 'Asked'],
    another: changeLast('Another reason'),
    happened: audited(`type = 'customer_erased'`),
  },
};
