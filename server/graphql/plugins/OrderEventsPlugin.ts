import { lambda, object, type Step } from 'postgraphile/grafast';
import { extendSchema, gql } from 'postgraphile/utils';

interface Row extends Step {
  get(column: string): Step;
}

type Facts = Record<string, unknown>;

const typeDefs = gql`
  extend type OrderEvent {
    """
    What the order left. Null when it did not move: see toStatus.
    """
    fromStatus: OrderStatus
    """
    What the order reached. Null when the event moved nothing, or one of its boxes.
    """
    toStatus: OrderStatus
    """
    What the box left.
    """
    fromShipmentStatus: ShipmentStatus
    """
    What the box reached.
    """
    toShipmentStatus: ShipmentStatus
    """
    Who did it, when it was a member of the merchant.
    """
    member: Member
    """
    The code that asks for attention (ATTENTION_RAISED).
    """
    attention: String
    """
    The tracking code the order was shipped with.
    """
    trackingCode: String
    """
    Where the parcel can be followed.
    """
    trackingUrl: String
    """
    The AWB that the carrier gave the box (SHIPMENT_BOOKED).
    """
    awb: String
    """
    The carrier's product that was chosen for the box (SHIPMENT_PLANNED).
    """
    service: String
    """
    What the carrier reported, in its words.
    """
    scan: CarrierScan
    """
    What the customer was told (MESSAGE_SENT).
    """
    messageKind: MessageKind
    """
    The hand-over list (SHIPMENT_MANIFESTED, SHIPMENT_TAKEN_OFF_MANIFEST).
    """
    manifest: Manifest
    """
    The version of the order's contact from here on (SHIP_TO_CORRECTED).
    """
    contactVersion: Int
  }

  """
  A carrier's report about one box.
  """
  type CarrierScan {
    """
    The carrier's own code.
    """
    code: String
    """
    The carrier's own word for it.
    """
    status: String
    """
    Where the box was.
    """
    location: String
    """
    What else the carrier said.
    """
    remark: String
  }
`;

/**
 * What an event says, in types. The database keeps one row shape for events of orders and of boxes,
 * and the facts of each type as JSON, digests included.
 */
export const OrderEventsPlugin: GraphileConfig.Plugin = extendSchema((build) => {
  const members = build.pgResources.member;
  const manifests = build.pgResources.manifest;
  if (!members || !manifests) throw new Error('The schema has no members or no manifests');
  return {
    typeDefs,
    objects: {
      OrderEvent: {
        plans: {
          fromStatus: ($row: Row) => statusOf($row, 'from_status', 'order'),
          toStatus: ($row: Row) => statusOf($row, 'to_status', 'order'),
          fromShipmentStatus: ($row: Row) => statusOf($row, 'from_status', 'shipment'),
          toShipmentStatus: ($row: Row) => statusOf($row, 'to_status', 'shipment'),
          member($row: Row) {
            const parts = [$row.get('actor_id'), $row.get('actor_role')] as const;
            return members.get({ id: lambda(parts, memberId) }) as Step;
          },
          attention: ($row: Row) => fact($row, 'code'),
          trackingCode: ($row: Row) => fact($row, 'tracking_code'),
          trackingUrl: ($row: Row) => fact($row, 'tracking_url'),
          awb: ($row: Row) => fact($row, 'awb'),
          service: ($row: Row) => fact($row, 'service'),
          scan: ($row: Row) => lambda($row.get('inputs'), scanOf),
          messageKind: ($row: Row) =>
            lambda(object({ type: $row.get('type'), inputs: $row.get('inputs') }), messageKindOf),
          manifest: ($row: Row) => manifests.get({ id: fact($row, 'manifest_id') }) as Step,
          contactVersion: ($row: Row) => lambda($row.get('inputs'), contactVersionOf),
        },
      },
    },
  };
}, 'OrderEventsPlugin');

function statusOf($row: Row, column: string, subject: 'order' | 'shipment'): Step {
  const parts = [$row.get(column), $row.get('shipment_id')] as const;
  return lambda(parts, ([status, shipmentId]): unknown =>
    (shipmentId === null) === (subject === 'order') ? status : null,
  );
}

function fact($row: Row, name: string): Step {
  return lambda($row.get('inputs'), (inputs) => textOf(factsOf(inputs), name));
}

const memberRoles = new Set(['owner', 'manager', 'staff']);

function memberId([actorId, actorRole]: readonly [unknown, unknown]): number | null {
  const isMember = memberRoles.has(String(actorRole)) && /^\d{1,9}$/.test(String(actorId));
  return isMember ? Number(actorId) : null;
}

function scanOf(inputs: unknown): Record<string, string | null> | null {
  const facts = factsOf(inputs);
  const code = textOf(facts, 'carrier_code');
  const status = textOf(facts, 'carrier_status');
  if (code === null && status === null) return null;
  return { code, status, location: textOf(facts, 'location'), remark: textOf(facts, 'remark') };
}

function messageKindOf({ type, inputs }: { type: unknown; inputs: unknown }): string | null {
  return type === 'message_sent' ? textOf(factsOf(inputs), 'kind') : null;
}

function contactVersionOf(inputs: unknown): number | null {
  const version = factsOf(inputs)['ship_to_version'];
  return typeof version === 'number' ? version : null;
}

/** The driver hands JSON over as its text or parsed. */
function factsOf(inputs: unknown): Facts {
  const parsed: unknown = typeof inputs === 'string' ? JSON.parse(inputs) : inputs;
  return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
}

function textOf(facts: Facts, name: string): string | null {
  const value = facts[name];
  return typeof value === 'string' ? value : null;
}
