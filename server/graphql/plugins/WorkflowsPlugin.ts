import { loadManyWithPgClient, type PgClient } from 'postgraphile/@dataplan/pg';
import { constant, type Step } from 'postgraphile/grafast';
import { extendSchema, gql } from 'postgraphile/utils';

interface Row extends Step {
  get(column: string): Step;
}

interface Move {
  workflow: string;
  fromStatus: string;
}

const readWorkflows = `
  select w.workflow, w.fulfilment_type as "fulfilmentType",
    (
      select jsonb_agg(jsonb_build_object('status', s.status, 'position', s.position,
        'isInitial', s.is_initial, 'isTerminal', s.is_terminal) order by s.position)
      from app_public.workflow_statuses s where s.workflow = w.workflow
    ) as statuses,
    (
      select jsonb_agg(jsonb_build_object('fromStatus', t.from_status, 'toStatus', t.to_status,
        'roles', t.roles, 'requires', t.required_inputs) order by f.position, s.position)
      from app_public.workflow_transitions t
      join app_public.workflow_statuses f on f.workflow = t.workflow and f.status = t.from_status
      join app_public.workflow_statuses s on s.workflow = t.workflow and s.status = t.to_status
      where t.workflow = w.workflow
    ) as moves
  from app_public.workflows w
  where w.subject = 'order'
  order by w.workflow`;

const readMoves = `
  select t.workflow, t.from_status as "fromStatus", t.to_status as "toStatus", t.roles,
    t.required_inputs as requires
  from app_public.workflow_transitions t
  join app_public.workflow_statuses s on s.workflow = t.workflow and s.status = t.to_status
  where (t.workflow, t.from_status) in (select * from unnest($1::text[], $2::text[]))
  order by t.workflow, t.from_status, s.position`;

const typeDefs = gql`
  extend type Query {
    """
    The workflows: their statuses and which move is allowed to whom.
    """
    workflows: [WorkflowRules!]!
  }

  extend type Order {
    """
    What its workflow allows next, and to whom.
    """
    nextMoves: [WorkflowMove!]!
  }

  """
  One workflow.
  """
  type WorkflowRules {
    """
    Which one.
    """
    workflow: Workflow!
    """
    How its orders reach the customer.
    """
    fulfilmentType: FulfilmentType!
    """
    Its statuses, in the order of a board.
    """
    statuses: [WorkflowStatus!]!
    """
    Its moves. An owner may override them, with a reason.
    """
    moves: [WorkflowMove!]!
  }

  """
  One status of a workflow.
  """
  type WorkflowStatus {
    """
    The status.
    """
    status: OrderStatus!
    """
    Its place on a board, from 1.
    """
    position: Int!
    """
    Orders begin in it.
    """
    isInitial: Boolean!
    """
    No order leaves it.
    """
    isTerminal: Boolean!
  }

  """
  One allowed move.
  """
  type WorkflowMove {
    """
    What the order leaves.
    """
    fromStatus: OrderStatus!
    """
    What the order reaches.
    """
    toStatus: OrderStatus!
    """
    Who may do it.
    """
    roles: [ActorRole!]!
    """
    What must come with it.
    """
    requires: [RequiredInput!]!
  }
`;

/** The rules of the workflows, so that a screen offers only what the database will accept. */
export const WorkflowsPlugin: GraphileConfig.Plugin = extendSchema((build) => {
  const orders = build.pgResources.order;
  if (!orders) throw new Error('The schema has no orders');
  const { executor } = orders;
  return {
    typeDefs,
    objects: {
      Query: {
        plans: {
          workflows: () => loadManyWithPgClient(executor, constant(null), loadWorkflows) as Step,
        },
      },
      Order: {
        plans: {
          nextMoves: ($order: Row) =>
            loadManyWithPgClient(
              executor,
              [$order.get('workflow'), $order.get('status')] as const,
              loadMoves,
            ) as Step,
        },
      },
    },
  };
}, 'WorkflowsPlugin');

async function loadWorkflows(client: PgClient, lookups: readonly unknown[]) {
  const { rows } = await client.query<object>({ text: readWorkflows });
  return lookups.map(() => rows);
}

async function loadMoves(client: PgClient, lookups: readonly (readonly [unknown, unknown])[]) {
  const values = [lookups.map(([workflow]) => workflow), lookups.map(([, status]) => status)];
  const { rows } = await client.query<Move>({ text: readMoves, values });
  return lookups.map(([workflow, status]) =>
    rows.filter((move) => move.workflow === workflow && move.fromStatus === status),
  );
}
