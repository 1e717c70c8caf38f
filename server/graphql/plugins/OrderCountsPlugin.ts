import { loadOneWithPgClient, type PgClient } from 'postgraphile/@dataplan/pg';
import type { Step } from 'postgraphile/grafast';
import { extendSchema, gql } from 'postgraphile/utils';

interface Row extends Step {
  get(column: string): Step;
}

interface Count {
  storeId: number;
  /** Null: how many need attention. */
  status: string | null;
  count: number;
}

/** Both parts are a few rows of an index, however many orders there are. */
const countOrders = `
  select c.store_id as "storeId", c.status, c.orders::integer as count
  from app_public.order_counts c
  where ($1::integer[] is null or c.store_id = any ($1)) and c.orders > 0
  union all
  select o.store_id, null, count(*)::integer
  from app_public.orders_current o
  where ($1::integer[] is null or o.store_id = any ($1)) and o.attention is not null
  group by o.store_id`;

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
  const { rows } = await client.query<Count>({ text: countOrders, values: [ids] });
  return stores.map((id) => countsOf(rows.filter(({ storeId }) => id == null || storeId === id)));
}

function countsOf(rows: Count[]) {
  const byStatus = new Map<string, number>();
  let needingAttention = 0;
  for (const { status, count } of rows) {
    if (status === null) needingAttention += count;
    else byStatus.set(status, (byStatus.get(status) ?? 0) + count);
  }
  return {
    total: [...byStatus.values()].reduce((sum, count) => sum + count, 0),
    needingAttention,
    byStatus: [...byStatus].map(([status, count]) => ({ status, count })),
  };
}
