import { z } from 'zod';
import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import type { DelhiveryAccount } from './account.ts';
import { httpFailure, unreadable } from './http-failure.ts';
import { readBody, redact, textsIn, xmlField } from '../read-body.ts';
import { knownRefusal } from './refusals.ts';
import { jsonHeaders } from './request-headers.ts';

/** Plain JSON: as a form, Delhivery says that the waybill is missing. */
export function buildCancelShipment(account: DelhiveryAccount, waybill: string): HttpRequest {
  return {
    method: 'POST',
    url: `${account.baseUrl}/api/p/edit`,
    headers: jsonHeaders(account),
    body: JSON.stringify({ waybill, cancellation: 'true' }),
  };
}

interface Verdict {
  status: string;
  waybill: string | null;
  texts: string[];
}

/** XML or JSON, whatever was asked for; cancelling again answers the same. */
export function parseCancelShipment(waybill: string, answer: HttpAnswer): Outcome<true> {
  const failure = httpFailure(answer, 'effect');
  if (failure) return failure;
  const verdict = readVerdict(answer);
  if (!verdict) return unreadable(answer, 'effect');
  if (/^(?:true|success)$/i.test(verdict.status)) return confirm(waybill, verdict);
  const text = verdict.texts.join(' | ');
  // Never manifested, or not indexed yet: there is nothing to cancel under this number.
  if (/incorrect waybill|data does not exist/i.test(text)) return { kind: 'absent' };
  const message = redact(text) || 'Delhivery gave no reason';
  return knownRefusal(verdict.texts) ?? { kind: 'refused', code: 'cancel-refused', message };
}

function confirm(waybill: string, verdict: Verdict): Outcome<true> {
  if (verdict.waybill === null || verdict.waybill === waybill) return { kind: 'done', value: true };
  const message = 'Delhivery cancelled another waybill than was sent';
  return { kind: 'unknown', code: 'confirmation-differs', message };
}

const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const jsonSchema = z.object({ status: text, waybill: text.nullish() });

function readVerdict(answer: HttpAnswer): Verdict | null {
  const { json, text: body } = readBody(answer);
  const parsed = jsonSchema.safeParse(json);
  if (parsed.success) {
    const { status, waybill } = parsed.data;
    return { status, waybill: waybill ?? null, texts: textsIn(json) };
  }
  const status = xmlField(body, 'status');
  if (status === null) return null;
  const texts = [xmlField(body, 'remark'), xmlField(body, 'error')].filter((said) => said !== null);
  return { status, waybill: xmlField(body, 'waybill'), texts };
}
