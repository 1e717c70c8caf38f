export interface Money {
  amount: number;
  currency: string;
}

/** Amounts come in the currency's minor unit: paise. ₹1,23,456, and ₹1,23,456.50 when need be. */
export function formatMoney({ amount: minor, currency }: Money): string {
  const amount = minor / 100;
  return new Intl.NumberFormat('en-IN', {
    style: 'currency',
    currency,
    minimumFractionDigits: Number.isInteger(amount) ? 0 : 2,
    maximumFractionDigits: 2,
  }).format(amount);
}
