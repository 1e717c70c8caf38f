import { assertPayment, demand, isCount } from '../parcel.ts';
import type { Consignee, Payment } from '../parcel.ts';

/** One article of the parcel. */
export interface OrderLine {
  sku: string;
  name: string;
  units: number;
  unitPriceMinor: number;
  hsnCode: string | null;
}

/** One parcel to hand to Shiprocket, cleaned and complete. */
export interface Booking {
  /** Ours, at most 40 characters, so that a suffix still fits; the same at every attempt. */
  reference: string;
  /** Their form has no parcel without an address: the shop's own where the customer gave no usable one. */
  consignee: Consignee & { email: string };
  /** The nickname registered with Shiprocket, letter by letter. */
  pickupLocation: string;
  payment: Payment;
  /** Invoice value with tax, in paise. */
  totalMinor: number;
  lines: OrderLine[];
  weightGrams: number;
  lengthMm: number;
  widthMm: number;
  heightMm: number;
  /** ISO 8601 with an offset. */
  orderedAt: string;
}

/**
 * What is asked for at the door. There is no field for it: it is the sum of the lines, which is why
 * no charge and no discount is ever sent.
 */
export function declaredMinor({
  payment,
  totalMinor,
}: Pick<Booking, 'payment' | 'totalMinor'>): number {
  return payment.mode === 'cod' ? payment.amountMinor : totalMinor;
}

/** A cancelled order burns its id, so the next try needs another one; the first has none added. */
export function referenceOf(reference: string, round: number): string {
  return round === 1 ? reference : `${reference}-R${round}`;
}

/** The rules whose breach Shiprocket would not notice, or would notice too late. */
export function assertBookable(booking: Booking): void {
  const { consignee } = booking;
  demand(
    /^[\w./-]{1,40}$/.test(booking.reference),
    'reference',
    'is 1 to 40 of A-Z a-z 0-9 . _ / -',
  );
  assertConsignee(consignee);
  demand(isEmail(consignee.email), 'consignee.email', 'is an address');
  demand(booking.pickupLocation !== '', 'pickupLocation', 'is the registered nickname');
  demand(isCount(booking.weightGrams), 'weightGrams', 'is a whole number above zero');
  assertPayment(booking);
  assertLines(booking);
}

/** The rules about where it goes. */
export function assertConsignee({ phone, pincode, state, city, name }: Consignee): void {
  demand(/^[6-9]\d{9}$/.test(phone), 'consignee.phone', 'has ten national digits');
  demand(/^[1-9]\d{5}$/.test(pincode), 'consignee.pincode', 'has six digits');
  demand(state.trim() !== '', 'consignee.state', 'is given');
  demand(isOfLength(city, 30), 'consignee.city', 'has 1 to 30 characters');
  demand(isOfLength(name, 200), 'consignee.name', 'has 1 to 200 characters');
}

export function isEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text);
}

function assertLines(booking: Booking): void {
  const { lines } = booking;
  demand(lines.length > 0, 'lines', 'are not empty');
  demand(
    lines.every(({ units }) => isCount(units)),
    'lines',
    'have whole units',
  );
  const skus = new Set(lines.map(({ sku }) => sku));
  demand(skus.size === lines.length && !skus.has(''), 'lines', 'have one article each');
  demand(sumOf(lines) === declaredMinor(booking), 'lines', 'sum up to what is declared');
}

/**
 * Lines that Shiprocket takes and that sum up to this amount to the paisa: an article on one line,
 * and where prices do not sum up (discounts, part payments, a box of several), one line for all.
 */
export function orderLines(lines: readonly OrderLine[], amountMinor: number): OrderLine[] {
  const merged = new Map<string, OrderLine>();
  for (const line of lines) {
    const key = `${line.sku}\n${line.unitPriceMinor}`;
    const known = merged.get(key);
    merged.set(key, known ? { ...known, units: known.units + line.units } : line);
  }
  const found = [...merged.values()];
  const isPlain = new Set(found.map(({ sku }) => sku)).size === found.length;
  if (isPlain && sumOf(found) === amountMinor) return found;
  const [first] = found;
  if (first === undefined) return [];
  const units = found.reduce((sum, line) => sum + line.units, 0);
  const name = units > 1 ? `${first.name} and others, ${units} pieces` : first.name;
  return [{ ...first, name, units: 1, unitPriceMinor: amountMinor }];
}

function sumOf(lines: readonly OrderLine[]): number {
  return lines.reduce((sum, { units, unitPriceMinor }) => sum + units * unitPriceMinor, 0);
}

function isOfLength(text: string, most: number): boolean {
  return text.trim() !== '' && text.length <= most;
}
