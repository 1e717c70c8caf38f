import type { Request, Response } from 'express';
import { z } from 'zod';

import { clientAddress } from '../limits/client-address.ts';
import { respondLimited } from '../limits/respond-limited.ts';
import {
  refuseInput,
  refuseSession,
  respondSession,
  text,
  type AuthParts,
  type Membership,
} from './parts.ts';
import { nextRefreshToken, refreshTokenLifetime, tokenHash } from './tokens.ts';

const Refresh = z.object({ refreshToken: text(200) });

const rotateToken = 'select * from app_private.rotate_refresh_token($1, $2, $3)';
const signOut = 'select app_private.sign_out($1)';

export async function refresh(
  parts: AuthParts,
  request: Request,
  response: Response,
): Promise<void> {
  const input = Refresh.safeParse(request.body);
  if (!input.success) return refuseInput(response, input.error);
  const { limiter, pool, refreshKeys, jwtKeys } = parts;
  const waitMs = await limiter.admit(limiter.take('refreshAddress', clientAddress(request)));
  if (waitMs > 0) return respondLimited(response, waitMs);
  const { refreshToken } = input.data;
  const next = nextRefreshToken(refreshKeys[0], refreshToken);
  const { rows } = await pool.query<Membership & { session_id: string }>(rotateToken, [
    tokenHash(refreshToken),
    tokenHash(next),
    refreshTokenLifetime,
  ]);
  const [membership] = rows;
  if (!membership) return refuseSession(response);
  const sessionId = membership.session_id;
  await respondSession(response, jwtKeys, { membership, sessionId, refreshToken: next });
}

export async function logout(
  { pool }: AuthParts,
  request: Request,
  response: Response,
): Promise<void> {
  const input = Refresh.safeParse(request.body);
  if (!input.success) return refuseInput(response, input.error);
  await pool.query(signOut, [tokenHash(input.data.refreshToken)]);
  response.status(204).end();
}
