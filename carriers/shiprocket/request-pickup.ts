import { z } from 'zod';
import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import { istTime } from '../ist-time.ts';
import { readBody } from '../read-body.ts';
import type { ShiprocketAccount } from './account.ts';
import { gateFailure } from './http-failure.ts';
import { readError } from './read-error.ts';
import { effectFailure, refusalOf } from './refusals.ts';
import { post } from './request.ts';

export interface PickupRequested {
  pickupId: string | null;
  how: 'new' | 'existing';
  scheduledAt: string | null;
}

/** Per shipment, and one of them a call. `date` is `YYYY-MM-DD` in India. */
export function buildRequestPickup(
  account: ShiprocketAccount,
  shipmentId: number,
  date: string,
): HttpRequest {
  return post(account, '/courier/generate/pickup', {
    shipment_id: [shipmentId],
    pickup_date: [date],
  });
}

const answerSchema = z.object({
  pickup_status: z.coerce.number(),
  response: z.object({
    pickup_token_number: z.union([z.string(), z.number()]).nullish().catch(null),
    pickup_scheduled_date: z.string().nullish().catch(null),
  }),
});

/** «Already» is refused with 400, and what was wanted holds all the same. */
export function parseRequestPickup(
  account: ShiprocketAccount,
  answer: HttpAnswer,
): Outcome<PickupRequested> {
  const gate = gateFailure(account, answer);
  if (gate) return gate;
  const parsed = answerSchema.safeParse(readBody(answer).json);
  if (parsed.success && parsed.data.pickup_status === 1 && answer.status < 300) {
    const { pickup_token_number: token, pickup_scheduled_date: date } = parsed.data.response;
    const pickupId = token == null ? null : String(token);
    return { kind: 'done', value: { pickupId, how: 'new', scheduledAt: istTime(date ?? '') } };
  }
  const error = readError(answer);
  if (/already in pickup queue|already scheduled/i.test(error.texts.join(' | '))) {
    return { kind: 'done', value: { pickupId: null, how: 'existing', scheduledAt: null } };
  }
  return effectFailure(answer, error) ?? refusalOf(error, 'pickup-refused');
}
