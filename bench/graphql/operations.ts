/**
 * What is measured: the dashboard's own documents for an order and its moves, and the board and the search
 * as one page of 50 each. Every set of variables is one request that the load repeats.
 */
import type pg from 'pg';
import { orderQuery } from '../../dashboard/src/features/order/order.graphql.ts';
import { transitionMutation } from '../../dashboard/src/features/order/moves.graphql.ts';
import { orderCardFragment } from '../../dashboard/src/features/board/board.graphql.ts';
import { rows, value } from '../../sql-tests/support/query.ts';

export interface BenchOperation {
  name: string;
  query: string;
  /** Where `order` and `key` stand, each request puts values of its own. */
  variables: Record<string, unknown>[];
  /** Each request has an order of its own: any, or one that is as new and takes all `variables` in turn. */
  orders?: 'any' | 'new';
}

/** Stand in the captured SQL for what differs from request to request. */
export const placeholder = {
  order: '0198c0de-0000-7000-8000-000000000001',
  key: '0198c0de-0000-4000-8000-000000000002',
};

const boardPage = /* GraphQL */ `
  query BoardPage($storeId: Int!, $status: OrderStatus!) {
    counts: orderCounts(storeId: $storeId) {
      byStatus {
        status
        count
      }
    }
    orders(first: 50, filter: { storeId: $storeId, statuses: [$status] }) {
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        ...OrderCard
      }
    }
  }
`;

const search = /* GraphQL */ `
  query Search($text: String!) {
    orders(first: 50, filter: { search: $text }) {
      nodes {
        ...OrderCard
      }
    }
  }
`;

export async function operationsFor(db: pg.Client): Promise<BenchOperation[]> {
  const store = await value<number>(
    db,
    `select id as value from app_public.stores where merchant_id = 1 and workflow = 'shipping'`,
  );
  const move = (expectedStatus: string, toStatus: string, reason: string | null = null) => ({
    orderId: placeholder.order,
    key: placeholder.key,
    expectedStatus,
    toStatus,
    reason,
  });
  return [
    {
      name: 'transitionOrder',
      query: transitionMutation.text,
      orders: 'new',
      variables: [
        move('PENDING', 'ACCEPTED'),
        move('ACCEPTED', 'PACKING'),
        move('PACKING', 'CANCELLED', 'Out of stock.'),
      ],
    },
    {
      name: 'board page',
      query: `${boardPage}${orderCardFragment}`,
      variables: ['PENDING', 'ACCEPTED', 'SHIPPED', 'DELIVERED', 'CANCELLED'].map((status) => ({
        storeId: store,
        status,
      })),
    },
    {
      name: 'order',
      query: orderQuery.text,
      orders: 'any',
      variables: [{ id: placeholder.order }],
    },
    {
      name: 'search',
      query: `${search}${orderCardFragment}`,
      variables: (await searches(db)).map((text) => ({ text })),
    },
  ];
}

/** What staff type: a first name, a whole name, a phone, its last digits, a number, an AWB. */
async function searches(db: pg.Client): Promise<string[]> {
  const found = await rows<{ texts: string[] }>(
    db,
    `select array[c.name, c.phone_e164, right(c.phone_e164, 6), '#' || o.number, o.tracking_code] as texts
     from app_public.orders_current o
     join app_public.order_contacts c
       on c.merchant_id = o.merchant_id and c.order_id = o.id and c.version = o.ship_to_version
     where o.merchant_id = 1 and o.workflow = 'automated' and o.status = 'delivered' and c.phone_e164 is not null
     order by md5(o.number::text) limit 4`,
  );
  return ['asha', 'menon', 'lakshmi nair', 'മീര', ...found.flatMap(({ texts }) => texts)].filter(
    (text) => text !== null,
  );
}

/** Orders of all ages, as they are opened from links and searches. */
export async function someOrders(db: pg.Client, count: number): Promise<string[]> {
  const found = await rows<{ id: string }>(
    db,
    `select id from app_public.orders_current where merchant_id = 1 order by md5(id::text) limit $1`,
    [count],
  );
  return found.map(({ id }) => id);
}
