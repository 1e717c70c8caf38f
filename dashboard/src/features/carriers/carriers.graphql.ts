import { operation } from '../../api/operation.ts';

export type CarrierName = 'DELHIVERY' | 'SHIPROCKET' | 'BLUEDART';

export interface Field {
  carrier: CarrierName;
  field: string;
  kind: 'SETTING' | 'CREDENTIAL';
  label: string;
  hint: string;
  isRequired: boolean;
  isList: boolean;
}

export interface Check {
  status: 'WAITING' | 'DONE';
  code: string | null;
  message: string | null;
  requestedAt: string;
  finishedAt: string | null;
}

export interface AccountRow {
  id: number;
  name: string;
  carrier: CarrierName;
  settings: Readonly<Record<string, unknown>>;
  priority: number;
  trackingPollSeconds: number;
  coverageSeconds: number;
  credentialsSavedAt: string | null;
  disabledAt: string | null;
  circuit: { state: 'OPEN' | 'CLOSED'; reason: string | null; probeAt: string | null } | null;
  connectionCheck: Check | null;
  locations: { nodes: { locationId: number; registeredName: string }[] };
}

export interface Location {
  id: number;
  name: string;
  pickupCutoffAt: string;
  /** 1 is Monday. */
  pickupWeekdays: number[];
}

export interface CarriersData {
  merchant: { timeZone: string };
  carrierAccounts: { nodes: AccountRow[] };
  carrierAccountFields: { nodes: Field[] };
  locations: { nodes: Location[] };
}

export const carriersQuery = operation<CarriersData>(/* GraphQL */ `
  query Carriers {
    merchant {
      timeZone
    }
    carrierAccounts(first: 20) {
      nodes {
        id
        name
        carrier
        settings
        priority
        trackingPollSeconds
        coverageSeconds
        credentialsSavedAt
        disabledAt
        circuit {
          state
          reason
          probeAt
        }
        connectionCheck {
          status
          code
          message
          requestedAt
          finishedAt
        }
        locations(first: 50) {
          nodes {
            locationId
            registeredName
          }
        }
      }
    }
    carrierAccountFields(first: 100) {
      nodes {
        carrier
        field
        kind
        label
        hint
        isRequired
        isList
      }
    }
    locations(first: 50) {
      nodes {
        id
        name
        pickupCutoffAt
        pickupWeekdays
      }
    }
  }
`);

interface Account {
  carrierAccountId: number;
}

export const addAccountMutation = operation<
  unknown,
  { carrier: CarrierName; name: string; settings: object }
>(/* GraphQL */ `
  mutation AddCarrierAccount($carrier: Carrier!, $name: String!, $settings: JSON!) {
    addCarrierAccount(input: { carrier: $carrier, name: $name, settings: $settings }) {
      carrierAccount {
        id
      }
    }
  }
`);

export const changeAccountMutation = operation<
  unknown,
  Account & {
    name: string;
    settings: object;
    priority: number;
    trackingPollSeconds: number | null;
    coverageSeconds: number | null;
  }
>(/* GraphQL */ `
  mutation ChangeCarrierAccount(
    $carrierAccountId: Int!
    $name: String!
    $settings: JSON!
    $priority: Int!
    $trackingPollSeconds: Int
    $coverageSeconds: Int
  ) {
    changeCarrierAccount(
      input: {
        carrierAccountId: $carrierAccountId
        name: $name
        settings: $settings
        priority: $priority
        trackingPollSeconds: $trackingPollSeconds
        coverageSeconds: $coverageSeconds
      }
    ) {
      carrierAccount {
        id
      }
    }
  }
`);

export const disableAccountMutation = operation<unknown, Account>(/* GraphQL */ `
  mutation DisableCarrierAccount($carrierAccountId: Int!) {
    disableCarrierAccount(input: { carrierAccountId: $carrierAccountId }) {
      carrierAccount {
        id
      }
    }
  }
`);

export const enableAccountMutation = operation<unknown, Account>(/* GraphQL */ `
  mutation EnableCarrierAccount($carrierAccountId: Int!) {
    enableCarrierAccount(input: { carrierAccountId: $carrierAccountId }) {
      carrierAccount {
        id
      }
    }
  }
`);

export const nameLocationMutation = operation<
  unknown,
  Account & { locationId: number; registeredName: string }
>(/* GraphQL */ `
  mutation NameCarrierLocation(
    $carrierAccountId: Int!
    $locationId: Int!
    $registeredName: String!
  ) {
    nameCarrierLocation(
      input: {
        carrierAccountId: $carrierAccountId
        locationId: $locationId
        registeredName: $registeredName
      }
    ) {
      carrierAccount {
        id
      }
    }
  }
`);

export const saveCredentialsMutation = operation<
  { saved: { webhookSecret: string | null } },
  Account & { credentials: Readonly<Record<string, string>>; newWebhookSecret: boolean }
>(/* GraphQL */ `
  mutation SaveCarrierCredentials(
    $carrierAccountId: Int!
    $credentials: CarrierCredentialsInput!
    $newWebhookSecret: Boolean!
  ) {
    saved: saveCarrierCredentials(
      input: {
        carrierAccountId: $carrierAccountId
        credentials: $credentials
        newWebhookSecret: $newWebhookSecret
      }
    ) {
      webhookSecret
    }
  }
`);

export const checkConnectionMutation = operation<unknown, Account>(/* GraphQL */ `
  mutation CheckCarrierConnection($carrierAccountId: Int!) {
    checkCarrierConnection(input: { carrierAccountId: $carrierAccountId }) {
      carrierAccount {
        id
      }
    }
  }
`);

export const resetCircuitMutation = operation<unknown, Account>(/* GraphQL */ `
  mutation ResetCircuit($carrierAccountId: Int!) {
    resetCircuit(input: { carrierAccountId: $carrierAccountId }) {
      circuit {
        state
      }
    }
  }
`);

export const setPickupTimesMutation = operation<
  unknown,
  { locationId: number; cutoffAt: string; weekdays: number[] }
>(/* GraphQL */ `
  mutation SetCarrierPickupTimes($locationId: Int!, $cutoffAt: String!, $weekdays: [Int!]!) {
    setCarrierPickupTimes(
      input: { locationId: $locationId, cutoffAt: $cutoffAt, weekdays: $weekdays }
    ) {
      location {
        id
      }
    }
  }
`);
