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
  status: string | null;
  seq: number | null;
}

const move = `
  select order_id as "orderId", outcome, code, message, status, seq
  from app_public.transition_orders($1::uuid[], $2, $3, $4, $5)`;

const typeDefs = gql`
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
    Whether it moved.
    """
    outcome: OrderTransitionOutcome!
    """
    Why it did not, as the error of transitionOrder would say it. Null when it moved.
    """
    code: RefusalCode
    """
    The same in words.
    """
    message: String
    """
    The status it has after this, moved or not. Null when there is no such order.
    """
    status: OrderStatus
    """
    The seq of its latest event after this. Null when there is no such order.
    """
    seq: Int
    """
    The order as it is now. Null when there is no such order.
    """
    order: Order
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

  """
  Why the database refuses, as in the extensions of errors.
  """
  enum RefusalCode {
    """
    The workflow has no such move, or what the status needs does not hold yet.
    """
    INVALID_TRANSITION
    """
    The expected status no longer holds: somebody else was first. Load it anew and go on.
    """
    CONFLICT
    """
    The role may not do this.
    """
    FORBIDDEN
    """
    A required input is missing or malformed.
    """
    INVALID_INPUT
    """
    The idempotency key was used for another request.
    """
    IDEMPOTENCY_MISMATCH
    """
    What is frozen would change.
    """
    IMMUTABLE
    """
    There is no such row for this caller.
    """
    NOT_FOUND
    """
    Stock would go below zero.
    """
    OUT_OF_STOCK
  }
`;

/** Bulk work answers for each order: what became of one is no error of the request. */
export const TransitionOrdersPlugin: GraphileConfig.Plugin = extendSchema((build) => {
  const orders = build.pgResources.order;
  if (!orders) throw new Error('The schema has no orders');
  const { executor } = orders;
  return {
    typeDefs,
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
  return rows.map((row) => ({
    ...row,
    outcome: row.outcome.toUpperCase(),
    code: row.code === null ? null : refusalCodeOf(row.code),
  }));
}

function refusalCodeOf(sqlState: string): string {
  const code = refusalCode(sqlState);
  if (!code) throw new Error(`An order was refused with ${sqlState}, which is no code of ours`);
  return code;
}
