import { z } from 'zod';
import type { HttpAnswer } from '../../outbound/outcome.ts';
import { outcomeOfCode } from './error-codes.ts';
import type { Failure } from './error-codes.ts';

const errorSchema = z.object({
  error: z.object({
    code: z.number(),
    error_subcode: z.number().nullish().catch(null),
    message: z.string().catch(''),
    error_user_title: z.string().nullish().catch(null),
    error_user_msg: z.string().nullish().catch(null),
  }),
});

export type GraphError = z.output<typeof errorSchema>['error'];

export function readJson(answer: HttpAnswer): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(answer.bytes)) as unknown;
  } catch {
    return undefined;
  }
}

export function graphErrorOf(answer: HttpAnswer): GraphError | null {
  const parsed = errorSchema.safeParse(readJson(answer));
  return parsed.success ? parsed.data.error : null;
}

/**
 * A failed call. The code inside the body decides, whatever the HTTP status: Meta sends rate errors
 * as 400 as well as 429. Only an answer without a known code is judged by its status, and then a
 * call that changes something may have happened.
 */
export function graphFailure(answer: HttpAnswer, does: 'read' | 'effect'): Failure {
  const error = graphErrorOf(answer);
  const known = error ? outcomeOfCode(error.code) : null;
  if (known) return known;
  const { status } = answer;
  if (error && status >= 400 && status < 500) {
    const message = `WhatsApp refused with a code that is not listed (HTTP ${status})`;
    return { kind: 'refused', code: codeOf(error), message };
  }
  const code = error ? codeOf(error) : `http-${status}`;
  const message = `WhatsApp answered HTTP ${status} with a body that decides nothing`;
  if (does === 'effect') return { kind: 'unknown', code, message };
  const passing = status >= 500 || status === 429 || status === 408;
  return { kind: passing ? 'transient' : 'drift', code, message };
}

function codeOf(error: GraphError): string {
  return error.error_subcode == null ? String(error.code) : `${error.code}/${error.error_subcode}`;
}
