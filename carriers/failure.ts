/** What an answer means that brings no result, as far as all carriers mean the same by it. */
import type { HttpAnswer, Outcome } from '../outbound/outcome.ts';
import type { Policy } from '../outbound/policy.ts';

/** Every kind of outcome but success and absence. */
export type Failure = Extract<
  Outcome<never>,
  { kind: 'transient' | 'refused' | 'exists' | 'unknown' | 'account' | 'drift' }
>;

/** Whether a call changes something at the carrier: then a lost answer may hide that it happened. */
export type Does = Policy['does'];

/** What a carrier is known to refuse with. The message is ours: theirs repeat what was sent. */
export interface RefusalRule {
  /** In the text of the answer, which is in lower case by then. */
  reason: RegExp;
  kind: Exclude<Failure['kind'], 'drift'>;
  code: string;
  message: string;
  /** Path in the booking that a person has to look at. */
  field?: string;
  retryAfterMs?: number;
}

/** By the first rule that matches; null when the texts are none we know. */
export function refusalBy(rules: readonly RefusalRule[], texts: readonly string[]): Failure | null {
  const said = texts.join(' | ').toLowerCase();
  const rule = rules.find(({ reason }) => reason.test(said));
  if (rule === undefined) return null;
  const { reason: _pattern, ...failure } = rule;
  return failure;
}

/** A broken or overloaded service; null when the status says something else. */
export function brokenService(carrier: string, answer: HttpAnswer, does: Does): Failure | null {
  const { status } = answer;
  if (status < 500 && status !== 408) return null;
  const kind = does === 'effect' ? 'unknown' : 'transient';
  return { kind, code: `http-${status}`, message: `${carrier} answered HTTP ${status}` };
}

/** After an effect nobody can tell from such an answer whether it happened. */
export function unreadable(answer: HttpAnswer, does: Does): Failure {
  const message = `HTTP ${answer.status} with a body that is not known`;
  return { kind: does === 'effect' ? 'unknown' : 'drift', code: 'unreadable-body', message };
}

/** What a carrier that is asked too often says in seconds, in milliseconds; null when it is no number. */
export function pauseMs(said: string | undefined): number | null {
  const seconds = said === undefined ? Number.NaN : Number(said);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds * 1000) : null;
}
