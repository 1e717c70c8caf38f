/**
 * `POST /api/p/update` and what became of it. Only the request and the number in the answer are known; the
 * words of the result are not, so each that is read says so clearly, and any other is «not yet».
 */
import { z } from 'zod';
import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import { readBody, redact, textsIn } from '../read-body.ts';
import type { DelhiveryAccount } from './account.ts';
import { httpFailure, unreadable } from './http-failure.ts';
import { knownRefusal } from './refusals.ts';
import { jsonHeaders, readHeaders } from './request-headers.ts';

export type UploadState =
  { kind: 'queued' } | { kind: 'taken' } | { kind: 'refused'; message: string };

export function buildNdrAction(account: DelhiveryAccount, waybill: string): HttpRequest {
  return {
    method: 'POST',
    url: `${account.baseUrl}/api/p/update`,
    headers: jsonHeaders(account),
    body: JSON.stringify({ data: [{ waybill, act: 'RE-ATTEMPT' }] }),
  };
}

const uploadId = z.union([z.string().min(1), z.number()]).transform(String);
const takenSchema = z.union([
  z.object({ request_id: uploadId }).transform(({ request_id: id }) => id),
  z.object({ upl_id: uploadId }).transform(({ upl_id: id }) => id),
  z.object({ upl: uploadId }).transform(({ upl: id }) => id),
  z.object({ UPL: uploadId }).transform(({ UPL: id }) => id),
]);

/** The number under which the wish is worked on. */
export function parseNdrAction(answer: HttpAnswer): Outcome<string> {
  const failure = httpFailure(answer, 'effect');
  if (failure) return failure;
  const { json, text } = readBody(answer);
  const parsed = takenSchema.safeParse(json);
  if (parsed.success && answer.status < 300) return { kind: 'done', value: parsed.data };
  const named = /\bUPL[\w-]{4,}/.exec(text)?.[0];
  if (named !== undefined && answer.status < 300) return { kind: 'done', value: named };
  const texts = textsIn(json);
  const known = knownRefusal(texts);
  if (known) return known;
  if (texts.length === 0) return unreadable(answer, 'effect');
  return { kind: 'refused', code: 'ndr-refused', message: redact(texts.join(' | ')) };
}

export function buildNdrStatus(account: DelhiveryAccount, upload: string): HttpRequest {
  return {
    method: 'GET',
    url: `${account.baseUrl}/api/cmu/get_bulk_upl/${encodeURIComponent(upload)}?verbose=true`,
    headers: readHeaders(account),
  };
}

export function parseNdrStatus(waybill: string, answer: HttpAnswer): Outcome<UploadState> {
  const failure = httpFailure(answer, 'read');
  if (failure) return failure;
  // Not listed yet.
  if (answer.status === 404) return { kind: 'done', value: { kind: 'queued' } };
  const { json } = readBody(answer);
  if (json === null || json === undefined) return unreadable(answer, 'read');
  const texts = textsIn(json).filter((said) => said !== waybill);
  const said = texts.join(' | ');
  if (/\b(?:fail(?:ed|ure)?|error|rejected|invalid|not allowed)\b/i.test(said)) {
    return { kind: 'done', value: { kind: 'refused', message: redact(said) } };
  }
  const isTaken = /\b(?:success(?:ful|fully)?|complete[d]?|processed|done)\b/i.test(said);
  return { kind: 'done', value: { kind: isTaken ? 'taken' : 'queued' } };
}
