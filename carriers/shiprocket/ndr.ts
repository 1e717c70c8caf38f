import { z } from 'zod';
import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import { unreadable } from '../failure.ts';
import { istTime } from '../ist-time.ts';
import { readBody, redact } from '../read-body.ts';
import type { ShiprocketAccount } from './account.ts';
import { gateFailure, httpFailure, serverFailure } from './http-failure.ts';
import { readError } from './read-error.ts';
import { listSchema, pagesOf, perPage } from './read-list.ts';
import { knownRefusal, refusalOf } from './refusals.ts';
import { get, post } from './request.ts';

/** What may become of a parcel that could not be delivered. */
export type NdrAction =
  | { kind: 're_attempt'; on: string | null; phone: string | null; address: string | null }
  | { kind: 'return' };

export interface FailedAttempt {
  awb: string;
  attempts: number;
  reason: string | null;
  raisedAt: string | null;
}

export function buildListNdr(account: ShiprocketAccount, page: number): HttpRequest {
  const query = new URLSearchParams({ page: String(page), per_page: String(perPage) });
  return get(account, '/ndr/all', query);
}

const entrySchema = z.object({
  awb_code: z.union([z.string().min(1), z.number()]).transform(String),
  attempts: z.coerce.number().catch(1),
  reason: z.string().nullish().catch(null),
  ndr_raised_at: z.string().nullish().catch(null),
});

export function parseListNdr(
  account: ShiprocketAccount,
  answer: HttpAnswer,
): Outcome<{ attempts: FailedAttempt[]; pages: number }> {
  const failure = httpFailure(account, answer, 'read');
  if (failure) return failure;
  const parsed = listSchema.safeParse(readBody(answer).json);
  if (!parsed.success) return unreadable(answer, 'read');
  const entries = parsed.data.data.map((entry) => entrySchema.safeParse(entry));
  const read = entries.filter((entry) => entry.success).map((entry) => entry.data);
  if (read.length === 0 && entries.length > 0) return unreadable(answer, 'read');
  const attempts = read.map((entry) => ({
    awb: entry.awb_code,
    attempts: entry.attempts,
    reason: redact(entry.reason ?? '') || null,
    raisedAt: istTime(entry.ndr_raised_at ?? ''),
  }));
  return { kind: 'done', value: { attempts, pages: pagesOf(parsed.data) } };
}

export function buildNdrAction(
  account: ShiprocketAccount,
  awb: string,
  action: NdrAction,
  comment: string,
): HttpRequest {
  return post(account, `/ndr/${encodeURIComponent(awb)}/action`, {
    ...fieldsOf(action),
    comments: comment || 'Decided by the shop',
  });
}

/** Only what is to change: an empty field would be taken for the new value. */
function fieldsOf(action: NdrAction): Record<string, string> {
  if (action.kind === 'return') return { action: 'return' };
  return {
    action: 're-attempt',
    ...(action.on === null ? {} : { deferred_date: action.on }),
    ...(action.phone === null ? {} : { phone: action.phone }),
    ...(action.address === null ? {} : { address1: action.address }),
  };
}

/** 202 means that it was passed on, not that the courier does it. */
export function parseNdrAction(account: ShiprocketAccount, answer: HttpAnswer): Outcome<true> {
  const gate = gateFailure(account, answer);
  if (gate) return gate;
  const error = readError(answer);
  const known = knownRefusal(error) ?? serverFailure(answer, 'effect');
  if (known) return known;
  if (answer.status >= 400) return refusalOf(error, 'ndr-action-refused');
  const said = z.object({ status: z.string() }).safeParse(readBody(answer).json);
  const isDone = answer.status === 202 || /updated/i.test(said.data?.status ?? '');
  return isDone && error.texts.length === 0
    ? { kind: 'done', value: true }
    : unreadable(answer, 'effect');
}
