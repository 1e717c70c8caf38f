import { z } from 'zod';
import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import { readBody } from '../read-body.ts';
import type { KeptToken } from '../session.ts';
import type { BlueDartAccount } from './account.ts';
import { httpFailure, unreadable } from './read-answer.ts';

/** A day less an hour, when the token does not say itself. */
const usualLifeMs = 23 * 3_600_000;

export function buildLogin(account: BlueDartAccount): HttpRequest {
  return {
    method: 'GET',
    url: `${account.baseUrl}/token/v1/login`,
    headers: {
      clientid: account.clientId,
      clientsecret: account.clientSecret,
      accept: 'application/json',
    },
  };
}

const answerSchema = z.object({ JWTToken: z.string().min(10) });

export function parseLogin(answer: HttpAnswer, now: Date): Outcome<KeptToken> {
  if (answer.status === 400 || answer.status === 401) {
    const message = 'Blue Dart refuses the client id or client secret';
    return { kind: 'account', code: 'authentication', message };
  }
  const failure = httpFailure(answer, 'read');
  if (failure) return failure;
  const parsed = answerSchema.safeParse(readBody(answer).json);
  if (!parsed.success) return unreadable(answer, 'read');
  const token = parsed.data.JWTToken;
  return { kind: 'done', value: { token, expiresAt: expiryOf(token, now).toISOString() } };
}

const claimsSchema = z.object({ exp: z.number() });

/** The token is not ours to verify; its `exp` only says when to fetch the next. */
function expiryOf(jwt: string, now: Date): Date {
  const fallback = new Date(now.getTime() + usualLifeMs);
  try {
    const payload = Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString();
    const claims = claimsSchema.safeParse(JSON.parse(payload));
    return claims.success ? new Date(claims.data.exp * 1000) : fallback;
  } catch {
    return fallback;
  }
}
