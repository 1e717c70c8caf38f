import type { HttpAnswer } from '../../outbound/outcome.ts';
import { brokenService, pauseMs } from '../failure.ts';
import type { Does, Failure } from '../failure.ts';
import { readBody } from '../read-body.ts';
import { tokenRefusedCode } from '../session.ts';
import type { ShiprocketAccount } from './account.ts';

/** 429 comes without a number, and so does the firewall. */
const defaultPauseMs = 30_000;

/** What kept the call from being looked at at all; null when the answer is about its content. */
export function gateFailure(
  account: Pick<ShiprocketAccount, 'tokenIsFresh'>,
  answer: HttpAnswer,
): Failure | null {
  const { status } = answer;
  if (status === 401) return tokenRefused(account);
  if (status === 429) {
    const retryAfterMs = pauseMs(answer.headers['retry-after']) ?? defaultPauseMs;
    return { kind: 'transient', code: 'rate-limited', message: 'HTTP 429', retryAfterMs };
  }
  if (status !== 403) return null;
  if (readBody(answer).json === undefined) {
    const message = 'A firewall in front of Shiprocket refused the call';
    return { kind: 'transient', code: 'firewall', message, retryAfterMs: 2 * defaultPauseMs };
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
  return brokenService('Shiprocket', answer, does);
}

/** For calls whose answers need no second look before. */
export function httpFailure(
  account: Pick<ShiprocketAccount, 'tokenIsFresh'>,
  answer: HttpAnswer,
  does: Does,
): Failure | null {
  return gateFailure(account, answer) ?? serverFailure(answer, does);
}
