import { sideEffectWithPgClient, type PgClient } from 'postgraphile/@dataplan/pg';
import { access, object, type Step } from 'postgraphile/grafast';
import { extendSchema, gql } from 'postgraphile/utils';

import { refusalCode } from '../../errors/codes.ts';

interface Input {
  orderIds: string[];
  toStatus: string;
  expectedStatus?: string | null;
  reason?: string | null;
  idempotencyKey?: string | null;
}

interface Row {
  orderId: string;
  outcome: string;
  code: string | null;
  message: string | null;
}

const move = `
  select order_id as "orderId", outcome, code, message
  from app_public.transition_orders($1::uuid[], $2, $3, $4, $5)`;

/** Bulk work answers for each order: what became of one is no error of the request. */
export const TransitionOrdersPlugin: GraphileConfig.Plugin = extendSchema((build) => {
  const orders = build.pgResources.order;
  if (!orders) throw new Error('The schema has no orders');
  const { executor } = orders;
  return {
    typeDefs: gql`
      extend type Mutation {
        """
        Moves up to 500 orders to one status, in one transaction, and answers for each: those that
        cannot move stay as they are, and do not hold up the others. Errors: INVALID_INPUT,
        FORBIDDEN, IDEMPOTENCY_MISMATCH.
        """
        transitionOrders(input: TransitionOrdersInput!): TransitionOrdersPayload
      }

      """
      What transitionOrders is told.
      """
      input TransitionOrdersInput {
        """
        The orders, each once, 500 at most.
        """
        orderIds: [UUID!]!
        """
        What they shall reach.
        """
        toStatus: OrderStatus!
        """
        What the caller believes they have. An order that has another is a CONFLICT.
        """
        expectedStatus: OrderStatus
        """
        Why; it stays with each order.
        """
        reason: String
        """
        Up to 255 characters of your own, kept for 24 hours: the same request under the same key is
        done once and answered alike; another request under it is an IDEMPOTENCY_MISMATCH.
        """
        idempotencyKey: String
      }

      """
      What transitionOrders answers.
      """
      type TransitionOrdersPayload {
        """
        One for each order, in the order given.
        """
        results: [OrderTransitionResult!]!
      }

      """
      What became of one order.
      """
      type OrderTransitionResult {
        """
        The id that was given.
        """
        orderId: UUID!
        """
        The order as it is now; null when there is no such order.
        """
        order: Order
        """
        Whether it moved.
        """
        outcome: OrderTransitionOutcome!
        """
        Why it did not, as transitionOrder's error would say it: INVALID_TRANSITION, NOT_FOUND, ….
        """
        code: String
        """
        The same in words.
        """
        message: String
      }

      """
      What can become of an order in a bulk move.
      """
      enum OrderTransitionOutcome {
        """
        It moved.
        """
        MOVED
        """
        Somebody else was first: it no longer had the expected status.
        """
        CONFLICT
        """
        It may not move: see the code.
        """
        REFUSED
      }
    `,
    objects: {
      Mutation: {
        plans: {
          transitionOrders: (_$root, args) =>
            object({ results: sideEffectWithPgClient(executor, args.getRaw('input'), moveAll) }),
        },
      },
      OrderTransitionResult: {
        plans: {
          order: ($row: Step) => orders.get({ id: access($row, 'orderId') }) as Step,
        },
      },
    },
  };
}, 'TransitionOrdersPlugin');

async function moveAll(client: PgClient, input: unknown): Promise<Row[]> {
  const { orderIds, toStatus, expectedStatus, reason, idempotencyKey } = input as Input;
  const values = [orderIds, toStatus, expectedStatus, reason, idempotencyKey];
  const { rows } = await client.query<Row>({ text: move, values });
  return rows.map(({ orderId, outcome, code, message }) => ({
    orderId,
    outcome: outcome.toUpperCase(),
    code: code === null ? null : (refusalCode(code) ?? code),
    message,
  }));
}
