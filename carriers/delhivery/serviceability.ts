import { z } from 'zod';
import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import type { DelhiveryAccount } from './account.ts';
import { httpFailure, unreadable } from './http-failure.ts';
import { readBody } from '../read-body.ts';
import type { ServedPlace } from '../served-place.ts';
import { readHeaders } from './request-headers.ts';

export interface Serviceability extends ServedPlace {
  stateCode: string | null;
  sortCode: string | null;
}

const flag = z
  .string()
  .nullish()
  .transform((value) => value?.toUpperCase() === 'Y');
const text = z
  .string()
  .nullish()
  .transform((value) => (value ? value : null));

const answerSchema = z.object({
  delivery_codes: z.array(
    z.object({
      postal_code: z.object({
        pin: z.union([z.number(), z.string()]).transform(String),
        pre_paid: flag,
        cod: flag,
        pickup: flag,
        city: text,
        state_code: text,
        sort_code: text,
        remarks: text,
      }),
    }),
  ),
});

export function buildServiceability(account: DelhiveryAccount, pincode: string): HttpRequest {
  const query = new URLSearchParams({ filter_codes: pincode });
  return {
    method: 'GET',
    url: `${account.baseUrl}/c/api/pin-codes/json/?${query.toString()}`,
    headers: readHeaders(account),
  };
}

/** An empty list is an answer too: the PIN is not served. */
export function parseServiceability(pincode: string, answer: HttpAnswer): Outcome<Serviceability> {
  const failure = httpFailure(answer, 'read');
  if (failure) return failure;
  const parsed = answerSchema.safeParse(readBody(answer).json);
  if (!parsed.success) return unreadable(answer, 'read');
  const codes = parsed.data.delivery_codes.map((entry) => entry.postal_code);
  const found = codes.find((code) => code.pin === pincode);
  if (found) return { kind: 'done', value: describe(pincode, found) };
  if (codes.length === 0) return { kind: 'done', value: describe(pincode, notServed) };
  return { kind: 'drift', code: 'other-pincode', message: 'The answer is about another PIN code' };
}

type PostalCode = z.output<typeof answerSchema>['delivery_codes'][number]['postal_code'];

const notServed: Omit<PostalCode, 'pin'> = {
  pre_paid: false,
  cod: false,
  pickup: false,
  city: null,
  state_code: null,
  sort_code: null,
  remarks: null,
};

function describe(pincode: string, code: Omit<PostalCode, 'pin'>): Serviceability {
  const embargo = /embargo/i.test(code.remarks ?? '');
  return {
    pincode,
    serviceable: !embargo && (code.pre_paid || code.cod),
    embargo,
    prepaid: code.pre_paid && !embargo,
    cod: code.cod && !embargo,
    pickup: code.pickup && !embargo,
    city: code.city,
    stateCode: code.state_code,
    sortCode: code.sort_code,
  };
}
