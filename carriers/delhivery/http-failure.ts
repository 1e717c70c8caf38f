import type { HttpAnswer, Outcome } from '../../outbound/outcome.ts';
import { readBody } from '../read-body.ts';

/** Every kind of outcome but success. */
export type Failure = Extract<
  Outcome<never>,
  { kind: 'transient' | 'refused' | 'exists' | 'unknown' | 'account' | 'drift' }
>;

/** Whether a call changes something at Delhivery: then a lost answer may hide that it happened. */
export type Does = 'read' | 'effect';

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
  if (status >= 500 || status === 408) {
    const kind = does === 'effect' ? 'unknown' : 'transient';
    return { kind, code: `http-${status}`, message: `Delhivery answered HTTP ${status}` };
  }
  return null;
}

/**
 * An answer whose body we cannot read: also some refusals, because those come as XML or plain text.
 */
export function unreadable(answer: HttpAnswer, does: Does): Failure {
  const { text } = readBody(answer);
  if (authText.test(text)) return authFailure();
  const message = `HTTP ${answer.status} with a body that is not known`;
  // After an effect nobody can tell from such an answer whether it happened.
  return { kind: does === 'effect' ? 'unknown' : 'drift', code: 'unreadable-body', message };
}

function authFailure(): Failure {
  const message = 'Delhivery refuses the API token, or it belongs to the other environment';
  return { kind: 'account', code: 'authentication', message };
}

/** `Retry-After: 8`, or the words «Throttled, wait 8 seconds.» */
function pauseOf(answer: HttpAnswer, text: string): number | null {
  const header = answer.headers['retry-after'];
  const said = header ?? /wait (\d+(?:\.\d+)?) seconds?/i.exec(text)?.[1];
  const seconds = said === undefined ? Number.NaN : Number(said);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds * 1000) : null;
}
