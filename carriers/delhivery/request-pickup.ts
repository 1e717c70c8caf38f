import { z } from 'zod';
import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import type { DelhiveryAccount } from './account.ts';
import { httpFailure, unreadable } from './http-failure.ts';
import { readBody, redact, textsIn } from '../read-body.ts';
import { knownRefusal } from './refusals.ts';
import { jsonHeaders } from './request-headers.ts';

/** One visit a warehouse and day, however many parcels. */
export interface PickupWish {
  /** The warehouse's registered name. */
  location: string;
  /** `YYYY-MM-DD` in India; at most seven days ahead. */
  date: string;
  /** `HH:MM:SS` */
  time: string;
  expectedPackages: number;
}

export interface PickupRequested {
  pickupId: string | null;
  /** `standing`: the courier comes every day anyhow. */
  how: 'new' | 'existing' | 'standing';
}

export function buildRequestPickup(account: DelhiveryAccount, wish: PickupWish): HttpRequest {
  const body = {
    pickup_time: wish.time,
    pickup_date: wish.date,
    pickup_location: wish.location,
    expected_package_count: wish.expectedPackages,
  };
  return {
    method: 'POST',
    url: `${account.baseUrl}/fm/request/new/`,
    headers: jsonHeaders(account),
    body: JSON.stringify(body),
  };
}

const pickupId = z.union([z.string(), z.number()]).transform(String).nullish();

const answerSchema = z.object({
  pickup_id: pickupId,
  pr_exist: z.boolean().nullish(),
  success: z.boolean().nullish(),
  status: z.unknown().optional(),
});

/** A second request for a day is refused with the first one's number: what was wanted holds. */
export function parseRequestPickup(answer: HttpAnswer): Outcome<PickupRequested> {
  const failure = httpFailure(answer, 'effect');
  if (failure) return failure;
  const { json } = readBody(answer);
  const parsed = answerSchema.safeParse(json);
  if (!parsed.success) return knownRefusal(textsIn(json)) ?? unreadable(answer, 'effect');
  const { data } = parsed;
  const texts = textsIn(json);
  const text = texts.join(' | ');
  if (data.pr_exist === true || /pickup request.*already exist/i.test(text)) {
    const id = data.pickup_id ?? /pickup request\D{0,10}(\d+)/i.exec(text)?.[1] ?? null;
    return { kind: 'done', value: { pickupId: id, how: 'existing' } };
  }
  if (/auto ?pickup/i.test(text)) {
    return { kind: 'done', value: { pickupId: null, how: 'standing' } };
  }
  if (answer.status < 300 && data.pickup_id != null && data.success !== false) {
    return { kind: 'done', value: { pickupId: data.pickup_id, how: 'new' } };
  }
  const known = knownRefusal(texts);
  if (known) return known;
  if (texts.length === 0) return unreadable(answer, 'effect');
  // A clean 400 with a reason did not happen; the same reason under 200 leaves it open.
  const kind = answer.status >= 400 ? 'refused' : 'unknown';
  return { kind, code: 'pickup-refused', message: redact(text) };
}
