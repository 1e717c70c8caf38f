import { minorOf } from '../../format/money.ts';
import type { CardInput } from './rates.graphql.ts';

/** What the form of a card says, as the API takes it. The browser has checked the numbers. */
export function inputOf(
  carrierAccountId: number,
  typed: (name: string) => string,
): Omit<CardInput, 'idempotencyKey'> {
  const text = (name: string) => typed(name).trim();
  const optional = <T>(name: string, read: (text: string) => T): T | null =>
    text(name) === '' ? null : read(text(name));
  return {
    carrierAccountId,
    name: text('name'),
    validFrom: text('validFrom'),
    validUntil: optional('validUntil', String),
    volumetricDivisor: Number(text('volumetricDivisor')),
    fuelPercent: Number(text('fuelPercent')),
    taxPercent: Number(text('taxPercent')),
    rtoPercent: Number(text('rtoPercent')),
    codFee: minorOf(text('codFee')) ?? 0,
    codPercent: Number(text('codPercent')),
    maxWeightGrams: optional('maxWeightGrams', Number),
    maxDeclared: optional('maxDeclared', minorOf),
    maxCod: optional('maxCod', minorOf),
    pricesCsv: typed('pricesCsv'),
    lanesCsv: typed('lanesCsv'),
  };
}
