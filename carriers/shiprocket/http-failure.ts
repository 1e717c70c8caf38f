import type { HttpAnswer, Outcome } from '../../outbound/outcome.ts';
import { readBody } from '../read-body.ts';
import { tokenRefusedCode } from '../session.ts';
import type { ShiprocketAccount } from './account.ts';

/** Every kind of outcome but success. */
export type Failure = Extract<
  Outcome<never>,
  { kind: 'transient' | 'refused' | 'exists' | 'unknown' | 'account' | 'drift' }
>;

/** Whether a call changes something at Shiprocket: then a lost answer may hide that it happened. */
export type Does = 'read' | 'effect';

/** 429 comes without a number, and so does the firewall. */
const pauseMs = 30_000;

/** What kept the call from being looked at at all; null when the answer is about its content. */
export function gateFailure(
  account: Pick<ShiprocketAccount, 'tokenIsFresh'>,
  answer: HttpAnswer,
): Failure | null {
  const { status } = answer;
  if (status === 401) return tokenRefused(account);
  if (status === 429) {
    const retryAfterMs = retryAfter(answer) ?? pauseMs;
    return { kind: 'transient', code: 'rate-limited', message: 'HTTP 429', retryAfterMs };
  }
  if (status !== 403) return null;
  if (readBody(answer).json === undefined) {
    const message = 'A firewall in front of Shiprocket refused the call';
    return { kind: 'transient', code: 'firewall', message, retryAfterMs: 2 * pauseMs };
  }
  return { kind: 'account', code: 'forbidden', message: 'The API user may not do this' };
}

/** A token that was kept may have ended; the one that was fetched for this call cannot have. */
function tokenRefused({ tokenIsFresh }: Pick<ShiprocketAccount, 'tokenIsFresh'>): Failure {
  if (!tokenIsFresh) {
    const message = 'The token has ended: sign in again';
    return { kind: 'transient', code: tokenRefusedCode, message, retryAfterMs: 0 };
  }
  const message = 'Shiprocket refuses a token that it gave out a moment ago';
  return { kind: 'account', code: 'authentication', message };
}

/** A broken or overloaded service; null below HTTP 500. */
export function serverFailure(answer: HttpAnswer, does: Does): Failure | null {
  const { status } = answer;
  if (status < 500 && status !== 408) return null;
  const kind = does === 'effect' ? 'unknown' : 'transient';
  return { kind, code: `http-${status}`, message: `Shiprocket answered HTTP ${status}` };
}

/** For calls whose answers need no second look before. */
export function httpFailure(
  account: Pick<ShiprocketAccount, 'tokenIsFresh'>,
  answer: HttpAnswer,
  does: Does,
): Failure | null {
  return gateFailure(account, answer) ?? serverFailure(answer, does);
}

/** After an effect nobody can tell from such an answer whether it happened. */
export function unreadable(answer: HttpAnswer, does: Does): Failure {
  const message = `HTTP ${answer.status} with a body that is not known`;
  return { kind: does === 'effect' ? 'unknown' : 'drift', code: 'unreadable-body', message };
}

function retryAfter(answer: HttpAnswer): number | null {
  const seconds = Number(answer.headers['retry-after'] ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds * 1000) : null;
}
