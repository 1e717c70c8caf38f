import { operation } from '../../api/operation.ts';
import type { Operation } from '../../api/operation.ts';
import { asidesOf, columnsOf } from '../workflow/workflows.ts';

/** An order as the API tells it; card.ts makes a card of it. */
export interface OrderRow {
  id: string;
  number: string | number;
  externalNumber: string | null;
  status: string;
  workflow: string;
  attention: string | null;
  attentionReason: string | null;
  attentionSince: string | null;
  totalMinor: string | number;
  currency: string;
  paymentMode: string;
  placedAt: string;
  updatedAt: string;
  seq: number;
  shipTo: { name: string | null; customerName: string | null } | null;
  items: { nodes: { title: string; quantity: number }[] };
}

export const orderCardFragment = /* GraphQL */ `
  fragment OrderCard on Order {
    id
    number
    externalNumber
    status
    workflow
    attention
    attentionReason
    attentionSince
    totalMinor
    currency
    paymentMode
    placedAt
    updatedAt
    seq
    shipTo {
      name
      customerName
    }
    items(first: 4) {
      nodes {
        title
        quantity
      }
    }
  }
`;

export interface OrderPage {
  totalCount: number;
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
  nodes: OrderRow[];
}

/** Aliased by status, in the lower-case names of the database; `attention` beside them. */
export type BoardData = Record<string, OrderPage>;

export interface BoardVariables {
  storeId: number;
  first: number;
}

export const attentionKey = 'attention';

export function boardQueryOf(workflow: string): Operation<BoardData, BoardVariables> {
  const statuses = [...columnsOf(workflow), ...asidesOf(workflow)];
  return operation(
    `query Board($storeId: Int!, $first: Int!) {`,
    ...statuses.map(
      (status) =>
        `  ${status}: orders(first: $first, orderBy: [ID_DESC], filter: ${inStatus(status)}) {` +
        ` ...OrderPage }`,
    ),
    `  ${attentionOrders}`,
    `}`,
    orderPageFragment,
    orderCardFragment,
  );
}

export type CountsData = { attention: OrderPage } & Record<string, { totalCount: number }>;

/** The numbers above the columns, and the exceptions, which no status change announces. */
export function countsQueryOf(workflow: string): Operation<CountsData, BoardVariables> {
  const statuses = [...columnsOf(workflow), ...asidesOf(workflow)];
  return operation(
    `query Counts($storeId: Int!, $first: Int!) {`,
    ...statuses.map((status) => `  ${status}: orders(filter: ${inStatus(status)}) { totalCount }`),
    `  ${attentionOrders}`,
    `}`,
    orderPageFragment,
    orderCardFragment,
  );
}

/** Statuses come from workflows.ts, never from a user: they may be part of the text. */
function inStatus(status: string): string {
  return `{ storeId: { equalTo: $storeId }, status: { equalTo: ${status.toUpperCase()} } }`;
}

const attentionOrders = /* GraphQL */ `
  attention: orders(
    first: $first
    orderBy: [ATTENTION_SINCE_ASC]
    filter: { storeId: { equalTo: $storeId }, attention: { isNull: false } }
  ) {
    ...OrderPage
  }
`;

const orderPageFragment = /* GraphQL */ `
  fragment OrderPage on OrderConnection {
    totalCount
    pageInfo {
      hasNextPage
      endCursor
    }
    nodes {
      ...OrderCard
    }
  }
`;

export interface MoreVariables {
  storeId: number;
  status: string;
  first: number;
  after: string | null;
}

export const moreOrdersQuery = operation<{ orders: OrderPage }, MoreVariables>(
  /* GraphQL */ `
    query MoreOrders($storeId: Int!, $status: OrderStatus!, $first: Int!, $after: Cursor) {
      orders(
        first: $first
        after: $after
        orderBy: [ID_DESC]
        filter: { storeId: { equalTo: $storeId }, status: { equalTo: $status } }
      ) {
        ...OrderPage
      }
    }
  `,
  orderPageFragment,
  orderCardFragment,
);

/** A hundred at most, which is the cap of all lists. */
export const ordersByIdQuery = operation<{ orders: { nodes: OrderRow[] } }, { ids: string[] }>(
  /* GraphQL */ `
    query OrdersById($ids: [UUID!]!) {
      orders(first: 100, filter: { id: { in: $ids } }) {
        nodes {
          ...OrderCard
        }
      }
    }
  `,
  orderCardFragment,
);

export interface OrderMoved {
  orderStatusUpdated: {
    orderId: string;
    cursor: string;
    oldStatus: string | null;
    order: OrderRow | null;
  } | null;
}

export const orderMovedSubscription = operation<
  OrderMoved,
  { storeId: number; after: string | null }
>(
  /* GraphQL */ `
    subscription OrderMoved($storeId: Int!, $after: String) {
      orderStatusUpdated(storeId: $storeId, after: $after) {
        orderId
        cursor
        oldStatus
        order {
          ...OrderCard
        }
      }
    }
  `,
  orderCardFragment,
);
