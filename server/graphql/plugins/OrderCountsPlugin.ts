import { loadOneWithPgClient, type PgClient } from 'postgraphile/@dataplan/pg';
import type { Step } from 'postgraphile/grafast';
import { extendSchema, gql } from 'postgraphile/utils';

import { orderCountsOf } from '../order-counts.ts';

interface Row extends Step {
  get(column: string): Step;
}

interface StoreCounts {
  storeId: number;
  orders: Readonly<Record<string, number>>;
  attention: number;
}

const readCounts = `
  select c.store_id as "storeId", c.orders, c.attention
  from app_public.store_counts c
  where $1::integer[] is null or c.store_id = any ($1)`;

/** The numbers above a board, without counting orders: the dispatcher keeps them. */
export const OrderCountsPlugin: GraphileConfig.Plugin = extendSchema((build) => {
  const orders = build.pgResources.order;
  if (!orders) throw new Error('The schema has no orders');
  const { executor } = orders;
  return {
    typeDefs: gql`
      extend type Query {
        """
        How many orders there are, by status: of one store, or of all.
        """
        orderCounts(
          """
          Of this store only.
          """
          storeId: Int
        ): OrderCounts!
      }

      extend type Store {
        """
        How many orders the store has, by status.
        """
        orderCounts: OrderCounts!
      }

      """
      How many orders there are. Some tens of milliseconds behind the orders themselves.
      """
      type OrderCounts {
        """
        All of them.
        """
        total: Int!
        """
        Those that a person should look at, whatever their status.
        """
        needingAttention: Int!
        """
        One entry for each status that any order is in.
        """
        byStatus: [OrderStatusCount!]!
      }

      """
      How many orders are in one status.
      """
      type OrderStatusCount {
        """
        The status.
        """
        status: OrderStatus!
        """
        How many orders are in it.
        """
        count: Int!
      }
    `,
    objects: {
      Query: {
        plans: {
          orderCounts: (_$root, args) =>
            loadOneWithPgClient(executor, args.getRaw('storeId'), countsOfStores),
        },
      },
      Store: {
        plans: {
          orderCounts: ($store: Row) =>
            loadOneWithPgClient(executor, $store.get('id'), countsOfStores),
        },
      },
    },
  };
}, 'OrderCountsPlugin');

async function countsOfStores(client: PgClient, stores: readonly unknown[]) {
  const ids = stores.some((id) => id == null) ? null : stores;
  const { rows } = await client.query<StoreCounts>({ text: readCounts, values: [ids] });
  return stores.map((id) => addUp(rows.filter(({ storeId }) => id == null || storeId === id)));
}

function addUp(stores: StoreCounts[]) {
  const byStatus = new Map<string, number>();
  let needingAttention = 0;
  for (const { orders, attention } of stores) {
    needingAttention += attention;
    for (const [status, count] of Object.entries(orders))
      byStatus.set(status, (byStatus.get(status) ?? 0) + count);
  }
  return orderCountsOf(byStatus, needingAttention);
}
