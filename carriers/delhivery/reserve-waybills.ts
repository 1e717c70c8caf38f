import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import type { DelhiveryAccount } from './account.ts';
import { httpFailure, unreadable } from './http-failure.ts';
import { readBody, textsIn } from '../read-body.ts';
import { knownRefusal } from './refusals.ts';
import { readHeaders } from './request-headers.ts';

/** Five such calls in five minutes are allowed, so a pool is filled in large steps. */
export function buildReserveWaybills(account: DelhiveryAccount, count: number): HttpRequest {
  // 10,000 is documented both as allowed and as too many.
  if (!Number.isSafeInteger(count) || count < 1 || count >= 10_000) {
    throw new RangeError('Delhivery reserves 1 to 9,999 waybills at a time');
  }
  return reserve(account, 'bulk', { count: String(count) });
}

export function buildReserveWaybill(account: DelhiveryAccount): HttpRequest {
  return reserve(account, 'fetch', {});
}

function reserve(
  account: DelhiveryAccount,
  endpoint: 'bulk' | 'fetch',
  more: Record<string, string>,
): HttpRequest {
  // Without `cl` the call is refused, though the documents call it optional.
  const query = new URLSearchParams({ cl: account.clientName, ...more });
  return {
    method: 'GET',
    url: `${account.baseUrl}/waybill/api/${endpoint}/json/?${query.toString()}`,
    headers: readHeaders(account),
  };
}

/** The answer of both calls is a bare JSON string, with commas when there are several numbers. */
export function parseReserveWaybills(answer: HttpAnswer): Outcome<string[]> {
  const failure = httpFailure(answer, 'read');
  if (failure) return failure;
  const { json, text } = readBody(answer);
  const waybills = typeof json === 'string' ? waybillsOf(json) : null;
  if (waybills) return { kind: 'done', value: waybills };
  // Reserving changes nothing that could hurt: a number that nobody uses is simply lost.
  return knownRefusal([text, ...textsIn(json)]) ?? unreadable(answer, 'read');
}

function waybillsOf(list: string): string[] | null {
  const waybills = list.split(',').map((part) => part.trim());
  if (waybills.at(-1) === '') waybills.pop();
  const whole = waybills.length > 0 && waybills.every((waybill) => /^\d{6,20}$/.test(waybill));
  // A number that comes twice would be put on two parcels.
  return whole && new Set(waybills).size === waybills.length ? waybills : null;
}
