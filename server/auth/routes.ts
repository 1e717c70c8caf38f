import express, { type Request, type Response, type Router } from 'express';
import type pg from 'pg';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';

import { respondError } from '../http/respond.ts';
import { accessTokenSeconds, issueAccessToken, type Member } from './access-token.ts';
import { verifyNobody, verifyPassword } from './password.ts';
import { newRefreshToken, refreshTokenHash, refreshTokenLifetime } from './refresh-token.ts';

/** No NUL byte: PostgreSQL's text cannot hold one. */
const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((value) => !value.includes('\0'));

const Login = z.object({
  email: text(320),
  password: text(1024),
  merchantId: z.number().int().positive().max(2_147_483_647).nullish(),
});
const Refresh = z.object({ refreshToken: text(200) });

interface Membership {
  merchant_id: number;
  member_id: number;
  role: Member['role'];
  name: string;
  merchant_name: string;
}

type WithPassword = Membership & { password_hash: string | null };

const findSignIn = 'select * from app_private.find_sign_in($1)';
const issueToken = 'select app_private.issue_refresh_token($1, $2, $3, $4, $5)';
const rotateToken = 'select * from app_private.rotate_refresh_token($1, $2, $3)';
const revokeToken = 'select app_private.revoke_refresh_token($1)';

export function authRoutes(pool: pg.Pool, key: Uint8Array): Router {
  const routes = express.Router();
  routes.use(express.json({ limit: '16kb' }));
  routes.post('/login', (request, response) => login(pool, key, request, response));
  routes.post('/refresh', (request, response) => refresh(pool, key, request, response));
  routes.post('/logout', (request, response) => logout(pool, request, response));
  return routes;
}

async function login(
  pool: pg.Pool,
  key: Uint8Array,
  request: Request,
  response: Response,
): Promise<void> {
  const input = Login.safeParse(request.body);
  if (!input.success) return refuseInput(response, input.error);
  const matching = await membershipsOf(pool, input.data.email, input.data.password);
  const { merchantId } = input.data;
  const chosen =
    merchantId == null ? matching : matching.filter((m) => m.merchant_id === merchantId);
  const [membership, another] = chosen;
  if (!membership) {
    return respondError(response, 401, 'UNAUTHENTICATED', 'E-mail or password is wrong.');
  }
  if (another) {
    const merchants = chosen.map((m) => ({ id: m.merchant_id, name: m.merchant_name }));
    return respondError(response, 409, 'CHOOSE_MERCHANT', 'Say for which merchant.', {
      field: 'merchantId',
      merchants,
    });
  }
  const refreshToken = newRefreshToken();
  await pool.query(issueToken, [
    membership.merchant_id,
    membership.member_id,
    randomUUID(),
    refreshTokenHash(refreshToken),
    refreshTokenLifetime,
  ]);
  await respondSession(response, key, membership, refreshToken);
}

/** Those whose password it is: the same e-mail may have another password at another merchant. */
async function membershipsOf(
  pool: pg.Pool,
  email: string,
  password: string,
): Promise<Membership[]> {
  const { rows } = await pool.query<WithPassword>(findSignIn, [email]);
  if (rows.length === 0) await verifyNobody(password);
  const checked = await Promise.all(
    rows.map(async (row) => {
      const right = row.password_hash
        ? await verifyPassword(password, row.password_hash)
        : await verifyNobody(password);
      return right ? row : undefined;
    }),
  );
  return checked.filter((row) => row !== undefined);
}

async function refresh(
  pool: pg.Pool,
  key: Uint8Array,
  request: Request,
  response: Response,
): Promise<void> {
  const input = Refresh.safeParse(request.body);
  if (!input.success) return refuseInput(response, input.error);
  const next = newRefreshToken();
  const { rows } = await pool.query<Membership>(rotateToken, [
    refreshTokenHash(input.data.refreshToken),
    refreshTokenHash(next),
    refreshTokenLifetime,
  ]);
  const [membership] = rows;
  if (!membership) {
    return respondError(response, 401, 'UNAUTHENTICATED', 'The session has ended. Sign in again.');
  }
  await respondSession(response, key, membership, next);
}

async function logout(pool: pg.Pool, request: Request, response: Response): Promise<void> {
  const input = Refresh.safeParse(request.body);
  if (!input.success) return refuseInput(response, input.error);
  await pool.query(revokeToken, [refreshTokenHash(input.data.refreshToken)]);
  response.status(204).end();
}

async function respondSession(
  response: Response,
  key: Uint8Array,
  membership: Membership,
  refreshToken: string,
): Promise<void> {
  const { merchant_id: merchantId, member_id: memberId, role, name } = membership;
  response.set('cache-control', 'no-store').json({
    accessToken: await issueAccessToken(key, { memberId, merchantId, role, name }),
    expiresIn: accessTokenSeconds,
    refreshToken,
    member: { id: memberId, name, role },
    merchant: { id: merchantId, name: membership.merchant_name },
  });
}

function refuseInput(response: Response, error: z.ZodError): void {
  const field = error.issues[0]?.path.join('.') ?? '';
  respondError(response, 400, 'INVALID_INPUT', 'The request is not valid.', { field });
}
