import { objectIn } from '../exchange.ts';
import type { Call } from '../exchange.ts';

/** The fields of a JSON body. Under another content type the real service finds no field at all. */
export function bodyOf(call: Call): Record<string, unknown> {
  if (!(call.headers['content-type'] ?? '').includes('json')) return {};
  return objectIn(call.body) ?? {};
}

/** Ids as numbers, or null when it is no list. */
export function idsIn(value: unknown): number[] | null {
  return Array.isArray(value) ? value.map(Number) : null;
}
