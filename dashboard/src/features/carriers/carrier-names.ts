import type { CarrierName } from './carriers.graphql.ts';

export const carrierNames: Readonly<Record<CarrierName, string>> = {
  DELHIVERY: 'Delhivery',
  SHIPROCKET: 'Shiprocket',
  BLUEDART: 'Blue Dart',
};

export function asCarrier(text: string): CarrierName {
  return text in carrierNames ? (text as CarrierName) : 'DELHIVERY'; // checked just before
}
