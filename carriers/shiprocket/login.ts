import { z } from 'zod';
import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import { unreadable } from '../failure.ts';
import { readBody } from '../read-body.ts';
import type { KeptToken } from '../session.ts';
import type { ShiprocketLogin } from './account.ts';
import { gateFailure, serverFailure } from './http-failure.ts';

/** What is documented, for a token that does not say itself when it ends. */
const lifetimeMs = 240 * 3_600_000;

export function buildLogin({ baseUrl, email, password }: ShiprocketLogin): HttpRequest {
  return {
    method: 'POST',
    url: `${baseUrl}/auth/login`,
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  };
}

const answerSchema = z.object({ token: z.string().min(1) });

export function parseLogin(answer: HttpAnswer, now: Date): Outcome<KeptToken> {
  const failure = gateFailure({ tokenIsFresh: true }, answer) ?? serverFailure(answer, 'read');
  if (failure) return failure;
  if (answer.status >= 400) {
    const message = 'Shiprocket does not accept the e-mail address and password of the API user';
    return { kind: 'account', code: 'credentials', message };
  }
  const parsed = answerSchema.safeParse(readBody(answer).json);
  if (!parsed.success) return unreadable(answer, 'read');
  const { token } = parsed.data;
  const endsAt = endOf(token) ?? now.getTime() + lifetimeMs;
  return { kind: 'done', value: { token, expiresAt: new Date(endsAt).toISOString() } };
}

const payloadSchema = z.object({ exp: z.number() });

/** The end that the token itself tells; its signature is not ours to check. */
function endOf(token: string): number | null {
  try {
    const payload: unknown = JSON.parse(
      Buffer.from(token.split('.')[1] ?? '', 'base64url').toString(),
    );
    return payloadSchema.parse(payload).exp * 1000;
  } catch {
    return null;
  }
}
