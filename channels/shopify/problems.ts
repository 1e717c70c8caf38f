import { decimalToMinor } from '../../intake/parse-money.ts';
import type { MoneyRefusal } from '../../intake/parse-money.ts';

/** What keeps an order from being placed: where in the payload, and why. Never the value itself. */
export interface OrderProblem {
  /** `line_items[0].price` */
  field: string;
  reason: string;
}

/** Collects problems while an order is read, so that all of them are told at once. */
export interface Problems {
  list: OrderProblem[];
  add(field: string, reason: string): void;
}

export function collectProblems(): Problems {
  const list: OrderProblem[] = [];
  return { list, add: (field, reason) => void list.push({ field, reason }) };
}

const moneyReasons: Readonly<Record<MoneyRefusal, string>> = {
  empty: 'is missing',
  unrecognised: 'is no amount',
  negative: 'is negative',
  foreign_currency: 'is no amount',
  scientific: 'is no amount',
  too_precise: 'has parts of a paisa',
  too_large: 'is too large',
};

/** A decimal text in paise; `fallback` when it is missing, 0 and a problem when it is broken. */
export function money(
  value: unknown,
  field: string,
  problems: Problems,
  fallback?: number,
): number {
  if (value == null || value === '') {
    if (fallback === undefined) problems.add(field, moneyReasons.empty);
    return fallback ?? 0;
  }
  const known = typeof value === 'string' || typeof value === 'number';
  const parsed = decimalToMinor(known ? String(value) : 'not an amount');
  if (parsed.ok) return parsed.minor;
  problems.add(field, moneyReasons[parsed.reason]);
  return 0;
}

/** A whole number, also as text; `fallback` when it is missing, null and a problem when broken. */
export function count<T>(
  value: unknown,
  field: string,
  problems: Problems,
  fallback: T,
): number | T | null {
  if (value == null || value === '') return fallback;
  const written = typeof value === 'string' && /^\d+$/.test(value.trim());
  const number = written || typeof value === 'number' ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(number) && number >= 0) return number;
  problems.add(field, 'is no whole number from zero up');
  return null;
}

/**
 * A 64-bit id as text. `JSON.parse` rounds numbers above 2^53, so the GraphQL id, which is text,
 * goes first; a rounded id is worse than none.
 */
export function idOf(source: { id?: unknown; admin_graphql_api_id: string | null }): string | null {
  const tail = /\/(\d+)(?:\?.*)?$/.exec(source.admin_graphql_api_id ?? '')?.[1];
  if (tail !== undefined) return tail;
  const { id } = source;
  if (typeof id === 'number') return Number.isSafeInteger(id) && id > 0 ? String(id) : null;
  return typeof id === 'string' && /^\d+$/.test(id) ? id : null;
}
