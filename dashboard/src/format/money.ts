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

/** What somebody types, in the minor unit; null when it is no amount. Not by a fraction, which would lose a paisa. */
export function minorOf(text: string): number | null {
  const [, major, minor = ''] = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(text.trim()) ?? [];
  return major === undefined ? null : Number(major + minor.padEnd(2, '0'));
}

/** The same the other way round, as a field shows it. */
export function majorText(minor: number): string {
  return minor % 100 === 0 ? String(minor / 100) : (minor / 100).toFixed(2);
}
