import type { HttpAnswer } from '../../outbound/outcome.ts';
import { brokenService, pauseMs, unreadable as unreadableBody } from '../failure.ts';
import type { Does, Failure } from '../failure.ts';
import { readBody } from '../read-body.ts';

/** The firewall wants at least this long a pause when it says 403, and gives no number itself. */
const firewallPauseMs = 30_000;

const authText =
  /authentication credentials were not provided|login or api key required|invalid token/i;

/** What the HTTP status alone decides; null when the body has to. */
export function httpFailure(answer: HttpAnswer, does: Does): Failure | null {
  const { status } = answer;
  if (status === 401) return authFailure();
  if (status === 429 || status === 403) {
    const { text } = readBody(answer);
    if (authText.test(text)) return authFailure();
    const retryAfterMs = pauseOf(answer, text) ?? firewallPauseMs;
    return { kind: 'transient', code: 'rate-limited', message: `HTTP ${status}`, retryAfterMs };
  }
  return brokenService('Delhivery', answer, does);
}

/**
 * An answer whose body we cannot read: also some refusals, because those come as XML or plain text.
 */
export function unreadable(answer: HttpAnswer, does: Does): Failure {
  const { text } = readBody(answer);
  if (authText.test(text)) return authFailure();
  return unreadableBody(answer, does);
}

function authFailure(): Failure {
  const message = 'Delhivery refuses the API token, or it belongs to the other environment';
  return { kind: 'account', code: 'authentication', message };
}

/** `Retry-After: 8`, or the words «Throttled, wait 8 seconds.» */
function pauseOf(answer: HttpAnswer, text: string): number | null {
  const words = /wait (\d+(?:\.\d+)?) seconds?/i.exec(text)?.[1];
  return pauseMs(answer.headers['retry-after'] ?? words);
}
