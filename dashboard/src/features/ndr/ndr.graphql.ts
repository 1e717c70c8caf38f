import { operation } from '../../api/operation.ts';

/** A failed delivery. Words in capitals, as GraphQL writes enums. */
export interface NdrCase {
  id: string;
  attempt: number;
  status: string;
  reason: string;
  action: string | null;
  preferredOn: string | null;
  note: string;
  deadlineAt: string;
  acceptedAt: string | null;
}

export const ndrCaseFragment = /* GraphQL */ `
  fragment NdrCase on NdrCase {
    id
    attempt
    status
    reason
    action
    preferredOn
    note
    deadlineAt
    acceptedAt
  }
`;

export interface WaitingCase {
  id: string;
  attempt: number;
  reason: string;
  deadlineAt: string;
  order: { id: string; number: number };
}

export interface OpenCasesData {
  cases: { nodes: WaitingCase[]; pageInfo: { hasNextPage: boolean } };
}

export const openCasesQuery = operation<OpenCasesData, Record<string, never>>(/* GraphQL */ `
  query OpenNdrCases {
    cases: ndrCases(first: 20, filter: { statuses: [OPEN] }, orderBy: DEADLINE_FIRST) {
      pageInfo {
        hasNextPage
      }
      nodes {
        id
        attempt
        reason
        deadlineAt
        order {
          id
          number
        }
      }
    }
  }
`);

export interface Decision {
  caseId: string;
  action: string;
  preferredOn: string | null;
  phone: string | null;
  address: string | null;
  note: string | null;
}

export const actOnNdrMutation = operation<
  { decided: { ndrCase: { id: string } } },
  Decision & { key: string }
>(/* GraphQL */ `
  mutation ActOnNdr(
    $caseId: UUID!
    $action: NdrAction!
    $preferredOn: Date
    $phone: String
    $address: String
    $note: String
    $key: String!
  ) {
    decided: actOnNdr(
      input: {
        caseId: $caseId
        action: $action
        preferredOn: $preferredOn
        phone: $phone
        address: $address
        note: $note
        idempotencyKey: $key
      }
    ) {
      ndrCase {
        id
      }
    }
  }
`);

export interface Rebooking {
  shipmentId: string;
  reason: string;
}

export const rebookMutation = operation<
  { called: { shipment: { id: string } } },
  Rebooking & { key: string }
>(/* GraphQL */ `
  mutation RebookShipment($shipmentId: UUID!, $reason: String!, $key: String!) {
    called: rebookShipment(
      input: { shipmentId: $shipmentId, reason: $reason, idempotencyKey: $key }
    ) {
      shipment {
        id
      }
    }
  }
`);
