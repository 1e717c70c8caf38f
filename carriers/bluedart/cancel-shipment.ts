import { z } from 'zod';
import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import type { BlueDartSession } from './account.ts';
import { httpFailure, readAnswer, unreadable } from './read-answer.ts';
import { classifyRefusal } from './refusals.ts';
import { enveloped, post } from './request.ts';

export function buildCancelShipment(session: BlueDartSession, awb: string): HttpRequest {
  const body = enveloped(session, 'upper', { AWBNo: awb });
  return post(session, '/waybill/v1/CancelWaybill', body);
}

const resultSchema = z.object({
  AWBNo: z.union([z.string(), z.number()]).transform(String).nullish().catch(null),
});

/** Only before the parcel is scanned in. How a repeat is answered is not known: both are success. */
export function parseCancelShipment(awb: string, answer: HttpAnswer): Outcome<true> {
  const failure = httpFailure(answer, 'effect');
  if (failure) return failure;
  const said = readAnswer(answer, 'CancelWaybill');
  if (said === null) return unreadable(answer, 'effect');
  const text = said.texts.join(' | ');
  if (/already ?cancel/i.test(text)) return { kind: 'done', value: true };
  if (!said.isError) return confirm(awb, said.result);
  if (/in-?scan|picked|transit|delivered|cancelfailure/i.test(text)) {
    const message = 'Blue Dart has the parcel already and no longer cancels it';
    return { kind: 'refused', code: 'already-collected', message };
  }
  if (/(?:invalid|incorrect) waybill|no information|not found/i.test(text)) {
    return { kind: 'absent' };
  }
  return classifyRefusal(said.texts);
}

function confirm(awb: string, result: Record<string, unknown> | null): Outcome<true> {
  const echoed = resultSchema.parse(result ?? {}).AWBNo ?? '';
  if (echoed === '' || echoed === awb) return { kind: 'done', value: true };
  const message = 'Blue Dart cancelled another waybill than was sent';
  return { kind: 'unknown', code: 'confirmation-differs', message };
}
