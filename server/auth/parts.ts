import type { Request, Response } from 'express';
import type pg from 'pg';
import { z } from 'zod';

import type { KeyRing } from '../../config.ts';
import { respondError } from '../http/respond.ts';
import type { Limiter } from '../limits/limiter.ts';
import {
  accessTokenSeconds,
  bearerToken,
  issueAccessToken,
  readAccessToken,
  type Member,
} from './access-token.ts';

/** What the routes of /auth work with. */
export interface AuthParts {
  pool: pg.Pool;
  limiter: Limiter;
  jwtKeys: KeyRing;
  refreshKeys: KeyRing;
  /** A failed sign-in is not answered sooner, however few or many hashes had to be compared. */
  failureFloorMs: number;
}

/** No NUL byte: PostgreSQL's text cannot hold one. */
export const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((value) => !value.includes('\0'));

export interface Membership {
  merchant_id: number;
  member_id: number;
  role: Member['role'];
  name: string;
  merchant_name: string;
}

export interface Session {
  membership: Membership;
  sessionId: string;
  refreshToken: string;
  /** Only when the device has a new one to keep. */
  deviceToken?: string | undefined;
}

export async function respondSession(
  response: Response,
  keys: KeyRing,
  { membership, sessionId, refreshToken, deviceToken }: Session,
): Promise<void> {
  const { merchant_id: merchantId, member_id: memberId, role, name } = membership;
  response.set('cache-control', 'no-store').json({
    accessToken: await issueAccessToken(keys, { memberId, merchantId, sessionId, role, name }),
    expiresIn: accessTokenSeconds,
    refreshToken,
    sessionId,
    ...(deviceToken === undefined ? {} : { deviceToken }),
    member: { id: memberId, name, role },
    merchant: { id: merchantId, name: membership.merchant_name },
  });
}

export function refuseInput(response: Response, error: z.ZodError): void {
  const field = error.issues[0]?.path.join('.') ?? '';
  respondError(response, 400, 'INVALID_INPUT', 'The request is not valid.', { field });
}

export function refuseSession(response: Response): void {
  respondError(response, 401, 'UNAUTHENTICATED', 'The session has ended. Sign in again.');
}

/** The member of the request's access token; what it says is checked again by what is then called. */
export async function memberOfRequest(
  keys: KeyRing,
  request: Request,
): Promise<Member | undefined> {
  const token = bearerToken(request.get('authorization'));
  return token === undefined ? undefined : readAccessToken(keys, token);
}
