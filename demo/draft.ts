import type { ProductKey } from './products.ts';

/** An order in short: what is out of the ordinary about it, and what a rule must make of it. */
export interface Draft {
  /** What is wrong with it, in words: the names of the tests. */
  mess: string;
  to: {
    name: string | null;
    address1: string | null;
    address2?: string | null;
    city: string | null;
    province?: string | null;
    zip: string | number | null;
    country?: string | null;
    phone: string | number | null;
  };
  /** The buyer; without it, whoever the parcel goes to. */
  customer?: { name?: string; phone?: string | null; email?: string | null };
  buys: readonly (readonly [product: ProductKey, quantity: number])[];
  pays: Payment;
  discountMinor?: number;
  note?: string;
  /** The code under which the order has to wait for a human; without it, it has to arrive. */
  attention?: string;
}

/** Paid at once, or at the door under the name that an app gave its gateway, or some of each. */
export type Payment = 'prepaid' | { cod: string } | { cod: string; paidMinor: number };
