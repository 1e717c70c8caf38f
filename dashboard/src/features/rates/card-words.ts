import { formatMoney } from '../../format/money.ts';
import type { Card, Slab } from './rates.graphql.ts';

/** 21 Nov 2026, of a day or of a moment. */
export function formatDay(day: string): string {
  return new Intl.DateTimeFormat('en-IN', { dateStyle: 'medium' }).format(new Date(day));
}

/** ₹24 for the first 500 g, then ₹16 for each 500 g. */
export function slabsTold(slabs: readonly Slab[]): string {
  return [...slabs]
    .sort((a, b) => a.fromGrams - b.fromGrams)
    .map(({ fromGrams, stepGrams, price }, at, all) => {
      const next = all[at + 1]?.fromGrams;
      const money = formatMoney(price);
      if (next !== undefined && next - fromGrams === stepGrams) {
        return fromGrams === 0
          ? `${money} for the first ${grams(stepGrams)}`
          : `${money} up to ${grams(next)}`;
      }
      const from =
        fromGrams === 0
          ? ''
          : at === 1 && all[0]?.stepGrams === fromGrams
            ? 'then '
            : `from ${grams(fromGrams)} `;
      return `${from}${money} for each ${grams(stepGrams)}`;
    })
    .join(', ');
}

export function grams(weight: number): string {
  return weight >= 1000 && weight % 100 === 0
    ? `${(weight / 1000).toLocaleString('en-IN')} kg`
    : `${weight.toLocaleString('en-IN')} g`;
}

/** What a card says besides its zones, as pairs of a word and what holds. */
export function termsOf(card: Card): [string, string][] {
  const limits: [string, string | null][] = [
    ['Heaviest box', card.maxWeightGrams === null ? null : grams(card.maxWeightGrams)],
    ['Highest value', card.maxDeclared && formatMoney(card.maxDeclared)],
    ['Most cash', card.maxCod && formatMoney(card.maxCod)],
  ];
  return [
    ['Fuel surcharge', `${card.fuelPercent} % of the freight`],
    ['Cash on delivery', codTold(card)],
    ['GST', `${card.taxPercent} % of everything`],
    ['Return', `${card.rtoPercent} % of freight and fuel`],
    ['Volume', `${card.volumetricDivisor.toLocaleString('en-IN')} cm³ count as 1 kg`],
    ...limits.filter((limit): limit is [string, string] => limit[1] !== null),
  ];
}

function codTold({ codFee, codPercent }: Card): string {
  if (codFee.amount === 0 && codPercent === 0) return 'costs nothing';
  if (codFee.amount === 0) return `${codPercent} % of what is collected`;
  if (codPercent === 0) return formatMoney(codFee);
  return `${codPercent} % of what is collected, at least ${formatMoney(codFee)}`;
}
