import { operation } from '../../api/operation.ts';
import { orderCardFragment } from '../board/board.graphql.ts';
import type { OrderRow } from '../board/board.graphql.ts';

export interface Moved {
  moved: { order: OrderRow };
}

/** Statuses in capitals, as GraphQL writes enums. */
export interface TransitionVariables {
  orderId: string;
  toStatus: string;
  expectedStatus: string;
  reason: string | null;
  key: string;
}

export const transitionMutation = operation<Moved, TransitionVariables>(
  /* GraphQL */ `
    mutation TransitionOrder(
      $orderId: UUID!
      $toStatus: OrderStatus!
      $expectedStatus: OrderStatus!
      $reason: String
      $key: String!
    ) {
      moved: transitionOrder(
        input: {
          orderId: $orderId
          toStatus: $toStatus
          expectedStatus: $expectedStatus
          reason: $reason
          idempotencyKey: $key
        }
      ) {
        order {
          ...OrderCard
        }
      }
    }
  `,
  orderCardFragment,
);

export interface ShipVariables {
  orderId: string;
  trackingCode: string;
  trackingUrl: string | null;
  expectedStatus: string;
  key: string;
}

export const shipMutation = operation<Moved, ShipVariables>(
  /* GraphQL */ `
    mutation ShipOrder(
      $orderId: UUID!
      $trackingCode: String!
      $trackingUrl: String
      $expectedStatus: OrderStatus!
      $key: String!
    ) {
      moved: shipOrder(
        input: {
          orderId: $orderId
          trackingCode: $trackingCode
          trackingUrl: $trackingUrl
          expectedStatus: $expectedStatus
          idempotencyKey: $key
        }
      ) {
        order {
          ...OrderCard
        }
      }
    }
  `,
  orderCardFragment,
);

export const retryLetterMutation = operation<unknown, { id: string; key: string }>(/* GraphQL */ `
  mutation RetryDeadLetter($id: UUID!, $key: String!) {
    retryDeadLetter(input: { id: $id, idempotencyKey: $key }) {
      deadLetter {
        resolvedAt
      }
    }
  }
`);

export const resolveLetterMutation = operation<unknown, { id: string; note: string; key: string }>(
  /* GraphQL */ `
    mutation ResolveDeadLetter($id: UUID!, $note: String!, $key: String!) {
      resolveDeadLetter(input: { id: $id, note: $note, idempotencyKey: $key }) {
        deadLetter {
          resolvedAt
        }
      }
    }
  `,
);

export const clearAttentionMutation = operation<
  Moved,
  { orderId: string; note: string; key: string }
>(
  /* GraphQL */ `
    mutation ClearAttention($orderId: UUID!, $note: String!, $key: String!) {
      moved: clearAttention(input: { orderId: $orderId, note: $note, idempotencyKey: $key }) {
        order {
          ...OrderCard
        }
      }
    }
  `,
  orderCardFragment,
);
