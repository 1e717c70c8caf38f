import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import type { ShiprocketAccount } from './account.ts';
import { gateFailure, serverFailure } from './http-failure.ts';
import { readError } from './read-error.ts';
import { knownRefusal, refusalOf } from './refusals.ts';
import { post } from './request.ts';

/** Accepted, not done: the parcel is «cancellation requested» until a status says otherwise. */
export function buildCancelOrder(account: ShiprocketAccount, orderId: number): HttpRequest {
  return post(account, '/orders/cancel', { ids: [orderId] });
}

export function buildCancelAwb(account: ShiprocketAccount, awb: string): HttpRequest {
  return post(account, '/orders/cancel/shipment/awbs', { awbs: [awb] });
}

/** 204 or 200, with and without a body; cancelling again answers the same. */
export function parseCancel(account: ShiprocketAccount, answer: HttpAnswer): Outcome<true> {
  const gate = gateFailure(account, answer);
  if (gate) return gate;
  const error = readError(answer);
  const said = error.texts.join(' | ');
  if (/already (?:been )?cancell?ed/i.test(said)) return { kind: 'done', value: true };
  // An id that Shiprocket does not know makes its PHP stumble, with a 500.
  if (/property of non-object|does not exist|invalid awb/i.test(said)) return { kind: 'absent' };
  const known = knownRefusal(error);
  if (known?.code === 'order-cancelled') return { kind: 'done', value: true };
  if (known) return known;
  if (answer.status < 300) return readSuccess(said);
  return serverFailure(answer, 'effect') ?? refusalOf(error, 'cancel-refused');
}

/** HTTP 200 says nothing by itself: an error may hide in it. */
function readSuccess(said: string): Outcome<true> {
  if (said === '' || /success|in progress|cancell?ed/i.test(said)) {
    return { kind: 'done', value: true };
  }
  return {
    kind: 'unknown',
    code: 'cancel-unclear',
    message: 'The answer to the cancellation is not known',
  };
}
