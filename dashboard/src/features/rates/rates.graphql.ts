import { operation } from '../../api/operation.ts';
import type { Money } from '../../format/money.ts';
import type { CarrierName } from '../carriers/carriers.graphql.ts';

export type Rule = 'CHEAPEST' | 'FASTEST' | 'PRIORITY';

export interface CardSummary {
  id: string;
  name: string;
  validFrom: string;
  validUntil: string | null;
  importedAt: string;
  importedBy: string;
}

export interface Slab {
  zone: string;
  fromGrams: number;
  stepGrams: number;
  price: Money;
}

export interface Card extends CardSummary {
  volumetricDivisor: number;
  fuelPercent: number;
  taxPercent: number;
  rtoPercent: number;
  codFee: Money;
  codPercent: number;
  maxWeightGrams: number | null;
  maxDeclared: Money | null;
  maxCod: Money | null;
  zones: { totalCount: number; nodes: { zone: string; days: number | null }[] };
  slabs: { totalCount: number; nodes: Slab[] };
  pricesCsv: string;
  lanesCsv: string;
}

export interface PricedAccount {
  id: number;
  name: string;
  carrier: CarrierName;
  disabledAt: string | null;
  rateCard: { id: string } | null;
  rateCards: { totalCount: number; nodes: CardSummary[] };
}

export interface RatesData {
  merchant: { currency: string; assignmentRule: Rule };
  stores: { nodes: { id: number; name: string; workflow: string; assignmentRule: Rule | null }[] };
  locations: { nodes: { id: number; name: string }[] };
  members: { nodes: { id: number; name: string }[] };
  carrierAccounts: { nodes: PricedAccount[] };
}

export const ratesQuery = operation<RatesData>(/* GraphQL */ `
  query Rates {
    merchant {
      currency
      assignmentRule
    }
    stores(first: 50) {
      nodes {
        id
        name
        workflow
        assignmentRule
      }
    }
    locations(first: 50) {
      nodes {
        id
        name
      }
    }
    members(first: 100) {
      nodes {
        id
        name
      }
    }
    carrierAccounts(first: 20) {
      nodes {
        id
        name
        carrier
        disabledAt
        rateCard {
          id
        }
        rateCards(first: 20, orderBy: LATEST_START_FIRST) {
          totalCount
          nodes {
            id
            name
            validFrom
            validUntil
            importedAt
            importedBy
          }
        }
      }
    }
  }
`);

export const cardQuery = operation<{ rateCard: Card | null }, { id: string }>(/* GraphQL */ `
  query RateCard($id: UUID!) {
    rateCard(id: $id) {
      id
      name
      validFrom
      validUntil
      importedAt
      importedBy
      volumetricDivisor
      fuelPercent
      taxPercent
      rtoPercent
      codFee {
        amount
        currency
      }
      codPercent
      maxWeightGrams
      maxDeclared {
        amount
        currency
      }
      maxCod {
        amount
        currency
      }
      zones(first: 100) {
        totalCount
        nodes {
          zone
          days
        }
      }
      slabs(first: 100) {
        totalCount
        nodes {
          zone
          fromGrams
          stepGrams
          price {
            amount
            currency
          }
        }
      }
      pricesCsv
      lanesCsv
    }
  }
`);

export interface CardInput {
  carrierAccountId: number;
  name: string;
  validFrom: string;
  validUntil: string | null;
  volumetricDivisor: number;
  fuelPercent: number;
  taxPercent: number;
  rtoPercent: number;
  codFee: number;
  codPercent: number;
  maxWeightGrams: number | null;
  maxDeclared: number | null;
  maxCod: number | null;
  pricesCsv: string;
  lanesCsv: string;
  idempotencyKey: string;
}

export const importCardMutation = operation<unknown, { input: CardInput }>(/* GraphQL */ `
  mutation ImportRateCard($input: ImportRateCardInput!) {
    importRateCard(input: $input) {
      rateCard {
        id
      }
    }
  }
`);

export const setRuleMutation = operation<unknown, { rule: Rule }>(/* GraphQL */ `
  mutation SetAssignmentRule($rule: AssignmentRule!) {
    setAssignmentRule(input: { rule: $rule }) {
      merchant {
        assignmentRule
      }
    }
  }
`);

export const setStoreRuleMutation = operation<unknown, { storeId: number; rule: Rule | null }>(
  /* GraphQL */ `
    mutation SetStoreAssignmentRule($storeId: Int!, $rule: AssignmentRule) {
      setStoreAssignmentRule(input: { storeId: $storeId, rule: $rule }) {
        store {
          assignmentRule
        }
      }
    }
  `,
);

export interface PreviewBox {
  locationId: number;
  toPincode: string;
  weightGrams: number;
  paymentMode: 'COD' | 'PREPAID';
  value: number;
}

export interface PreviewedOffer {
  carrierAccount: { id: number; name: string };
  service: string | null;
  isChosen: boolean;
  isAssumed: boolean;
  reason: string | null;
  price: Money | null;
  days: number | null;
  zone: string | null;
  chargedGrams: number | null;
}

export interface PreviewData {
  previewOffers: { rule: Rule; offers: PreviewedOffer[] };
}

export const previewQuery = operation<PreviewData, { box: PreviewBox; storeId: number | null }>(
  /* GraphQL */ `
    query PreviewOffers($box: PreviewedBoxInput!, $storeId: Int) {
      previewOffers(box: $box, storeId: $storeId) {
        rule
        offers {
          carrierAccount {
            id
            name
          }
          service
          isChosen
          isAssumed
          reason
          price {
            amount
            currency
          }
          days
          zone
          chargedGrams
        }
      }
    }
  `,
);
