import { z } from 'zod';
import type { HttpAnswer } from '../../outbound/outcome.ts';
import { brokenService, pauseMs, unreadable as unreadableBody } from '../failure.ts';
import type { Does, Failure } from '../failure.ts';
import { readBody, redact, textsIn } from '../read-body.ts';
import { tokenRefusedCode } from '../session.ts';

/** What the HTTP status alone decides; null when the body has to. */
export function httpFailure(answer: HttpAnswer, does: Does): Failure | null {
  const { status } = answer;
  if (status === 401) return tokenRefused;
  if (status === 415) {
    const message = 'The gateway does not know this method, or the account has no access to it';
    return { kind: 'account', code: 'no-access', message };
  }
  if (status === 429 || status === 403) {
    const retryAfterMs = pauseMs(answer.headers['retry-after']) ?? defaultPauseMs;
    return { kind: 'transient', code: 'rate-limited', message: `HTTP ${status}`, retryAfterMs };
  }
  return brokenService('Blue Dart', answer, does);
}

/** The gateway let nothing through: nothing happened, and a new login may help. Once. */
const tokenRefused: Extract<Failure, { kind: 'transient' }> = {
  kind: 'transient',
  code: tokenRefusedCode,
  message: 'Blue Dart refuses the token of our login',
};

const defaultPauseMs = 30_000;

/** An answer with nothing in it has a code of its own. */
export function unreadable(answer: HttpAnswer, does: Does): Failure {
  const failure = unreadableBody(answer, does);
  if (readBody(answer).text.trim() !== '') return failure;
  return { ...failure, code: 'empty-body', message: `HTTP ${answer.status} with an empty body` };
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
