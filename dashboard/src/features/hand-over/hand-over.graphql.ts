import { operation } from '../../api/operation.ts';

export interface Account {
  id: number;
  name: string;
  carrier: string;
}

export interface Place {
  id: number;
  name: string;
}

/** A carrier account at a location: where parcels change hands. */
export interface PointRow {
  carrierAccount: Account;
  location: Place;
}

export interface WaitingRow extends PointRow {
  boxCount: number;
  weightGrams: number;
  waitingSince: string;
}

export interface PickupRow extends PointRow {
  id: string;
  pickupOn: string;
  status: 'PLANNED' | 'REQUESTED' | 'REFUSED';
  carrierReference: string | null;
  waitingCount: number;
}

export interface ManifestRow extends PointRow {
  id: string;
  number: number;
  boxCount: number;
  madeAt: string;
  maker: { name: string } | null;
  pdfUrl: string;
}

export interface HandOverData {
  handOvers: { nodes: WaitingRow[] };
  carrierPickups: { nodes: PickupRow[] };
  manifests: { nodes: ManifestRow[] };
}

const partsFragment = /* GraphQL */ `
  fragment Account on CarrierAccount {
    id
    name
    carrier
  }

  fragment Place on Location {
    id
    name
  }

  fragment Manifest on Manifest {
    id
    number
    boxCount
    madeAt
    maker {
      name
    }
    pdfUrl
    carrierAccount {
      ...Account
    }
    location {
      ...Place
    }
  }
`;

export const handOverQuery = operation<HandOverData>(
  /* GraphQL */ `
    query HandOver {
      handOvers(first: 100) {
        nodes {
          boxCount
          weightGrams
          waitingSince
          carrierAccount {
            ...Account
          }
          location {
            ...Place
          }
        }
      }
      carrierPickups(first: 50) {
        nodes {
          id
          pickupOn
          status
          carrierReference
          waitingCount
          carrierAccount {
            ...Account
          }
          location {
            ...Place
          }
        }
      }
      manifests(first: 20) {
        nodes {
          ...Manifest
        }
      }
    }
  `,
  partsFragment,
);

export interface PointInput {
  carrierAccountId: number;
  locationId: number;
  idempotencyKey: string;
}

export const makeManifestMutation = operation<
  { makeManifest: { manifest: ManifestRow } },
  PointInput
>(
  /* GraphQL */ `
    mutation MakeManifest($carrierAccountId: Int!, $locationId: Int!, $idempotencyKey: String!) {
      makeManifest(
        input: {
          carrierAccountId: $carrierAccountId
          locationId: $locationId
          idempotencyKey: $idempotencyKey
        }
      ) {
        manifest {
          ...Manifest
        }
      }
    }
  `,
  partsFragment,
);

export interface BoxRow {
  line: number;
  order: { id: string; number: number; status: string; store: { id: number } };
  shipment: {
    id: string;
    box: number;
    awb: string | null;
    status: string;
    manifestId: string | null;
  };
}

export interface BoxesData {
  manifest: {
    boxes: { nodes: BoxRow[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
  } | null;
}

export const manifestBoxesQuery = operation<BoxesData, { id: string; after: string | null }>(
  /* GraphQL */ `
    query ManifestBoxes($id: UUID!, $after: Cursor) {
      manifest(id: $id) {
        boxes(first: 100, after: $after) {
          nodes {
            line
            order {
              id
              number
              status
              store {
                id
              }
            }
            shipment {
              id
              box
              awb
              status
              manifestId
            }
          }
          pageInfo {
            hasNextPage
            endCursor
          }
        }
      }
    }
  `,
);

export const takeOffManifestMutation = operation<
  unknown,
  { shipmentId: string; reason: string; idempotencyKey: string }
>(/* GraphQL */ `
  mutation TakeOffManifest($shipmentId: UUID!, $reason: String!, $idempotencyKey: String!) {
    takeOffManifest(
      input: { shipmentId: $shipmentId, reason: $reason, idempotencyKey: $idempotencyKey }
    ) {
      shipment {
        id
      }
    }
  }
`);
