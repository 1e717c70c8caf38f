import { z } from 'zod';
import type { HttpAnswer, Outcome } from '../../outbound/outcome.ts';
import { readBody, redact, textsIn } from '../read-body.ts';
import { tokenRefusedCode } from '../session.ts';

/** Every kind of outcome but success. */
export type Failure = Extract<
  Outcome<never>,
  { kind: 'transient' | 'refused' | 'unknown' | 'account' | 'drift' }
>;

export type Does = 'read' | 'effect';

/** What the HTTP status alone decides; null when the body has to. */
export function httpFailure(answer: HttpAnswer, does: Does): Failure | null {
  const { status } = answer;
  if (status === 401) return tokenRefused;
  if (status === 415) {
    const message = 'The gateway does not know this method, or the account has no access to it';
    return { kind: 'account', code: 'no-access', message };
  }
  if (status === 429 || status === 403) {
    const retryAfterMs = pauseOf(answer);
    return { kind: 'transient', code: 'rate-limited', message: `HTTP ${status}`, retryAfterMs };
  }
  if (status >= 500 || status === 408) {
    const kind = does === 'effect' ? 'unknown' : 'transient';
    return { kind, code: `http-${status}`, message: `Blue Dart answered HTTP ${status}` };
  }
  return null;
}

/** The gateway let nothing through: nothing happened, and a new login may help. Once. */
const tokenRefused: Extract<Failure, { kind: 'transient' }> = {
  kind: 'transient',
  code: tokenRefusedCode,
  message: 'Blue Dart refuses the token of our login',
};

const defaultPauseMs = 30_000;

function pauseOf(answer: HttpAnswer): number {
  const seconds = Number(answer.headers['retry-after'] ?? 'none');
  return Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds * 1000) : defaultPauseMs;
}

/** After an effect nobody can tell from such an answer whether it happened. */
export function unreadable(answer: HttpAnswer, does: Does): Failure {
  const { text } = readBody(answer);
  const isEmpty = text.trim() === '';
  const code = isEmpty ? 'empty-body' : 'unreadable-body';
  const what = isEmpty ? 'an empty body' : 'a body that is not known';
  const message = `HTTP ${answer.status} with ${what}`;
  return { kind: does === 'effect' ? 'unknown' : 'drift', code, message };
}

export interface Said {
  /** The operation's result object, or what stands where it should; null when there is none. */
  result: Record<string, unknown> | null;
  isError: boolean;
  /** `StatusCode: StatusInformation`, and whatever else was said about an error. */
  texts: string[];
}

const record = z.record(z.string(), z.unknown());
const statusSchema = z.object({
  StatusCode: z.string().nullish(),
  StatusInformation: z.string().nullish(),
});
const statusList = z.array(statusSchema).nullish().catch(null);
const resultSchema = z.object({
  IsError: z.boolean().nullish().catch(null),
  Status: statusList,
  ErrorMessage: z.string().nullish().catch(null),
});

/** Reads the four ways of saying no, and the one of saying yes. Null: none of them. */
export function readAnswer(answer: HttpAnswer, operation: string): Said | null {
  const body = record.safeParse(readBody(answer).json);
  if (!body.success) return null;
  const errors = body.data['error-response'];
  if (errors !== undefined) return { result: null, isError: true, texts: errorTexts(errors) };
  const bare = body.data['Error'];
  if (typeof bare === 'string') return { result: null, isError: true, texts: textsIn(bare) };
  const result = record.safeParse(body.data[`${operation}Result`]);
  if (!result.success) return null;
  const { IsError, Status, ErrorMessage } = resultSchema.parse(result.data);
  const isError = IsError === true || answer.status >= 400;
  const texts = statusTexts(Status);
  if (isError && ErrorMessage) texts.push(ErrorMessage.trim());
  return { result: result.data, isError, texts };
}

/** Flat `[{StatusCode, StatusInformation}]`, nested `[{Status: […]}]`, or a plain text. */
function errorTexts(errors: unknown): string[] {
  const entries: unknown[] = Array.isArray(errors) ? errors : [errors];
  return entries.flatMap((entry) => {
    const nested = z.object({ Status: statusList }).safeParse(entry).data?.Status;
    const flat = statusSchema.safeParse(entry).data;
    const texts = statusTexts(nested?.length ? nested : flat === undefined ? [] : [flat]);
    return texts.length > 0 ? texts : textsIn(entry);
  });
}

function statusTexts(list: z.output<typeof statusList>): string[] {
  return (list ?? [])
    .map(({ StatusCode, StatusInformation }) =>
      [StatusCode?.trim(), StatusInformation?.trim()].filter(Boolean).join(': '),
    )
    .filter((text) => text !== '');
}

/** For people and logs. */
export function spoken(texts: readonly string[], values: readonly string[] = []): string {
  return redact(texts.join(' | '), values) || 'No reason was given';
}
