import type { Request, Response } from 'express';
import { z } from 'zod';

import { respondError } from '../http/respond.ts';
import { clientAddress } from '../limits/client-address.ts';
import { respondLimited } from '../limits/respond-limited.ts';
import { openSession } from './open-session.ts';
import { refuseInput, respondSession, text, type AuthParts, type Membership } from './parts.ts';
import { weaknessOf } from './password-rules.ts';
import { hashPassword } from './password.ts';
import { tokenHash } from './tokens.ts';

const Look = z.object({ token: text(200) });
const Accept = Look.extend({ password: text(1024), deviceToken: text(200).nullish() });

interface Invitation {
  purpose: 'join' | 'reset_password';
  email: string;
  name: string;
  role: string;
  merchant_name: string;
  expires_at: Date;
}

const find = 'select * from app_private.find_invitation($1)';
const accept = 'select * from app_private.accept_invitation($1, $2)';

/** What somebody is invited to, for the page that asks them for a password. */
export async function lookAtInvitation(
  parts: AuthParts,
  request: Request,
  response: Response,
): Promise<void> {
  const input = Look.safeParse(request.body);
  if (!input.success) return refuseInput(response, input.error);
  const waitMs = await admit(parts, request);
  if (waitMs > 0) return respondLimited(response, waitMs);
  const invitation = await findInvitation(parts, input.data.token);
  if (!invitation) return refuseLink(response);
  response.set('cache-control', 'no-store').json({
    purpose: invitation.purpose,
    email: invitation.email,
    name: invitation.name,
    role: invitation.role,
    merchant: { name: invitation.merchant_name },
    expiresAt: invitation.expires_at.toISOString(),
  });
}

/** Sets the password that the link was for, and signs in with it. */
export async function acceptInvitation(
  parts: AuthParts,
  request: Request,
  response: Response,
): Promise<void> {
  const input = Accept.safeParse(request.body);
  if (!input.success) return refuseInput(response, input.error);
  const { token, password, deviceToken } = input.data;
  const waitMs = await admit(parts, request);
  if (waitMs > 0) return respondLimited(response, waitMs);
  const invitation = await findInvitation(parts, token);
  if (!invitation) return refuseLink(response);
  const weakness = weaknessOf(password, invitation.email);
  if (weakness)
    return respondError(response, 400, 'INVALID_INPUT', weakness, { field: 'password' });
  const { rows } = await parts.pool.query<Membership>(accept, [
    tokenHash(token),
    await hashPassword(password),
  ]);
  const session = rows[0] && (await openSession(parts, request, rows[0], deviceToken));
  if (!session) return refuseLink(response);
  await respondSession(response, parts.jwtKeys, session);
}

/** Looking and accepting share one bucket: either tells whether a token is right. */
function admit({ limiter }: AuthParts, request: Request): Promise<number> {
  return limiter.admit(limiter.take('invitationAddress', clientAddress(request)));
}

async function findInvitation({ pool }: AuthParts, token: string): Promise<Invitation | undefined> {
  const { rows } = await pool.query<Invitation>(find, [tokenHash(token)]);
  return rows[0];
}

function refuseLink(response: Response): void {
  const message = 'This link was used, has expired or was taken back. Ask for a new one.';
  respondError(response, 404, 'NOT_FOUND', message, { field: 'token' });
}
