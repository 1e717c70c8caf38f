/** One box as every carrier is told of it, cleaned and complete. */
export interface Parcel {
  /** Ours; the same at every attempt, because a lost answer is looked up by it. */
  reference: string;
  /** The carrier's codes of the offers that were chosen, best first; empty where it has one service. */
  serviceCodes: readonly string[];
  consignee: Consignee & { email: string | null };
  from: ShipFrom;
  payment: Payment;
  /** Invoice value with tax, in paise. */
  totalMinor: number;
  lines: readonly ParcelLine[];
  weightGrams: number;
  lengthMm: number;
  widthMm: number;
  heightMm: number;
  /** ISO 8601 with an offset. */
  orderedAt: string;
  sellerName: string;
  /** `YYYY-MM-DD` where it is collected: the day of the carrier's next visit. */
  pickupOn: string;
  box: number;
  boxes: number;
}

/** What is asked for at the door, in paise. */
export type Payment = { mode: 'prepaid' } | { mode: 'cod'; amountMinor: number };

export interface ParcelLine {
  sku: string;
  title: string;
  quantity: number;
  unitPriceMinor: number;
  hsnCode: string | null;
}

export interface Consignee {
  name: string;
  /** Ten national digits. */
  phone: string;
  addressLines: string[];
  city: string;
  state: string;
  pincode: string;
  country: string;
}

/** A warehouse or counter. */
export interface ShipFrom {
  /** What the carrier has registered: a name or nickname letter by letter, or its area code. */
  registeredName: string;
  name: string;
  address: string;
  city: string;
  state: string;
  pincode: string;
  phone: string;
}

/** Which field a carrier does not take, and by which rule; never what is in it, for this is logged. */
export interface Objection {
  field: string;
  rule: string;
}

/** A booking that must not be sent: our own mistake, so it is thrown and not an outcome. */
export class UnbookableError extends Error implements Objection {
  readonly field: string;
  readonly rule: string;

  constructor(field: string, rule: string) {
    super(`${field} ${rule}`);
    this.name = 'UnbookableError';
    this.field = field;
    this.rule = rule;
  }
}

export function demand(holds: boolean, field: string, rule: string): void {
  if (!holds) throw new UnbookableError(field, rule);
}

/** What demands found; null when all of them hold. */
export function objectionOf(demands: () => void): Objection | null {
  try {
    demands();
    return null;
  } catch (error) {
    if (!(error instanceof UnbookableError)) throw error;
    return { field: error.field, rule: error.rule };
  }
}

export function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

/** The costliest mistake there is: cash asked for a paid parcel, or none for an unpaid one. */
export function assertPayment({
  payment,
  totalMinor,
}: {
  payment: Payment;
  totalMinor: number;
}): void {
  demand(isCount(totalMinor), 'totalMinor', 'is above zero, in whole paise');
  if (payment.mode === 'cod') {
    demand(isCount(payment.amountMinor), 'payment.amountMinor', 'of a COD parcel is above zero');
    demand(payment.amountMinor <= totalMinor, 'payment.amountMinor', 'is at most the total');
  } else {
    // The type forbids an amount here, but a row read from the database is not held to it.
    const amount = 'amountMinor' in payment ? payment.amountMinor : 0;
    demand(amount === 0, 'payment.amountMinor', 'of a prepaid parcel is zero');
  }
}

export function describeGoods(lines: readonly ParcelLine[]): string {
  return lines
    .map(({ title, quantity }) => `${title} x ${quantity}`)
    .join(', ')
    .slice(0, 200);
}
