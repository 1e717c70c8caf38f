import { z } from 'zod';
import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import { readBody } from '../delhivery/read-body.ts';
import type { BlueDartAccount } from './account.ts';
import { httpFailure, unreadable } from './read-answer.ts';

export interface BlueDartToken {
  jwt: string;
  expiresAt: Date;
}

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

export function parseLogin(now: Date, answer: HttpAnswer): Outcome<BlueDartToken> {
  if (answer.status === 400 || answer.status === 401) {
    const message = 'Blue Dart refuses the client id or client secret';
    return { kind: 'account', code: 'authentication', message };
  }
  const failure = httpFailure(answer, 'read');
  if (failure) return failure;
  const parsed = answerSchema.safeParse(readBody(answer).json);
  if (!parsed.success) return unreadable(answer, 'read');
  const jwt = parsed.data.JWTToken;
  return { kind: 'done', value: { jwt, expiresAt: expiryOf(jwt, now) } };
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
