import type { Request, Response } from 'express';
import { z } from 'zod';

import { respondError } from '../http/respond.ts';
import { respondLimited } from '../limits/respond-limited.ts';
import { memberOfRequest, refuseInput, refuseSession, text, type AuthParts } from './parts.ts';
import { weaknessOf } from './password-rules.ts';
import { hashPassword, verifyPassword } from './password.ts';

const Change = z.object({ currentPassword: text(1024), newPassword: text(1024) });

const passwordOf = 'select * from app_private.password_of($1, $2, $3)';
const change = 'select app_private.change_password($1, $2, $3, $4, $5) as changed';

/** Asks for the present password too: an open screen is not yet an account. Ends other sessions. */
export async function changePassword(
  parts: AuthParts,
  request: Request,
  response: Response,
): Promise<void> {
  const member = await memberOfRequest(parts.jwtKeys, request);
  if (!member) return refuseSession(response);
  const input = Change.safeParse(request.body);
  if (!input.success) return refuseInput(response, input.error);
  const { pool, limiter } = parts;
  const who = [member.merchantId, member.memberId, member.sessionId];
  const taken = limiter.take('passwordChange', `${member.merchantId}/${member.memberId}`);
  const waitMs = await limiter.admit(taken);
  if (waitMs > 0) return respondLimited(response, waitMs);
  const found = await pool.query<{ email: string; password_hash: string }>(passwordOf, who);
  const [account] = found.rows;
  if (!account) return refuseSession(response);
  const { currentPassword, newPassword } = input.data;
  const refuse = (field: string, why: string) =>
    respondError(response, 400, 'INVALID_INPUT', why, { field });
  if (!(await verifyPassword(currentPassword, account.password_hash))) {
    return refuse('currentPassword', 'This is not your present password.');
  }
  await limiter.giveBack(taken);
  const weakness = weaknessOf(newPassword, account.email);
  if (weakness) return refuse('newPassword', weakness);
  if (newPassword === currentPassword)
    return refuse('newPassword', 'This is the present password.');
  const hash = await hashPassword(newPassword);
  const { rows } = await pool.query<{ changed: boolean }>(change, [
    ...who,
    account.password_hash,
    hash,
  ]);
  if (!rows[0]?.changed) return refuse('currentPassword', 'The password was changed just now.');
  response.status(204).end();
}
