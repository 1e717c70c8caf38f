import { operation } from '../../api/operation.ts';
import type { Operation } from '../../api/operation.ts';
import type { Money } from '../../format/money.ts';
import { asidesOf, columnsOf } from '../workflow/workflows.ts';

/** An order as the API tells it; card.ts makes a card of it. */
export interface OrderRow {
  id: string;
  number: number;
  externalNumber: string | null;
  status: string;
  workflow: string;
  attention: string | null;
  attentionReason: string | null;
  attentionSince: string | null;
  total: Money;
  paymentMode: string;
  placedAt: string;
  updatedAt: string;
  seq: number;
  shipTo: { name: string | null; customerName: string | null } | null;
  items: { nodes: { title: string; quantity: number }[] };
  /** Of the exceptions only: the oldest call that waits for a person. */
  letters?: { nodes: { advice: string }[] };
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
    total {
      amount
      currency
    }
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
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
  nodes: OrderRow[];
}

export interface OrderCounts {
  needingAttention: number;
  byStatus: { status: string; count: number }[];
}

/** Pages aliased by status, in the lower-case names of the database; `attention` beside them. */
export interface BoardData {
  counts: OrderCounts;
  store: Record<string, OrderPage> | null;
}

export interface BoardVariables {
  storeId: number;
  first: number;
}

export const attentionKey = 'attention';

export function boardQueryOf(workflow: string): Operation<BoardData, BoardVariables> {
  const statuses = [...columnsOf(workflow), ...asidesOf(workflow)];
  return operation(
    `query Board($storeId: Int!, $first: Int!) {`,
    `  counts: orderCounts(storeId: $storeId) { ...Counts }`,
    `  store(id: $storeId) {`,
    // Statuses come from workflows.ts, never from a user: they may be part of the text.
    ...statuses.map(
      (status) =>
        `    ${status}: orders(first: $first, filter: { statuses: [${status.toUpperCase()}] }) {` +
        ` ...OrderPage }`,
    ),
    `    ${attentionKey}: orders(first: $first, orderBy: LONGEST_ATTENTION_FIRST) { ...OrderPage ...Advice }`,
    `  }`,
    `}`,
    countsFragment,
    orderPageFragment,
    adviceFragment,
    orderCardFragment,
  );
}

export interface CountsData {
  counts: OrderCounts;
  attention: OrderPage;
}

const countsFragment = /* GraphQL */ `
  fragment Counts on OrderCounts {
    needingAttention
    byStatus {
      status
      count
    }
  }
`;

const orderPageFragment = /* GraphQL */ `
  fragment OrderPage on OrderConnection {
    pageInfo {
      hasNextPage
      endCursor
    }
    nodes {
      ...OrderCard
    }
  }
`;

/** What a person can do about an exception. */
const adviceFragment = /* GraphQL */ `
  fragment Advice on OrderConnection {
    nodes {
      letters: deadLetters(first: 1, filter: { isOpen: true }) {
        nodes {
          advice
        }
      }
    }
  }
`;

/** The numbers above the columns, and the exceptions, which no status change announces. */
export const countsQuery = operation<CountsData, BoardVariables>(
  /* GraphQL */ `
    query Counts($storeId: Int!, $first: Int!) {
      counts: orderCounts(storeId: $storeId) {
        ...Counts
      }
      attention: orders(
        first: $first
        filter: { storeId: $storeId }
        orderBy: LONGEST_ATTENTION_FIRST
      ) {
        ...OrderPage
        ...Advice
      }
    }
  `,
  countsFragment,
  orderPageFragment,
  adviceFragment,
  orderCardFragment,
);

export interface MoreVariables {
  storeId: number;
  status: string;
  first: number;
  after: string | null;
}

export const moreOrdersQuery = operation<{ orders: OrderPage }, MoreVariables>(
  /* GraphQL */ `
    query MoreOrders($storeId: Int!, $status: OrderStatus!, $first: Int!, $after: Cursor) {
      orders(first: $first, after: $after, filter: { storeId: $storeId, statuses: [$status] }) {
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
      orders(first: 100, filter: { ids: $ids }) {
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
