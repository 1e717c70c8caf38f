import type { Request } from 'express';

import type { AuthParts, Membership, Session } from './parts.ts';
import { newToken, refreshTokenLifetime, tokenHash } from './tokens.ts';

const open = 'select app_private.open_session($1, $2, $3, $4, $5) as id';
const rememberDevice = 'select app_private.remember_device($1, $2, $3, $4, $5) as kept';

/** Undefined when the member was disabled in the meantime. */
export async function openSession(
  { pool }: AuthParts,
  request: Request,
  membership: Membership,
  brought: string | null | undefined,
): Promise<Session | undefined> {
  const { merchant_id: merchant, member_id: member } = membership;
  const refreshToken = newToken();
  const { rows } = await pool.query<{ id: string | null }>(open, [
    merchant,
    member,
    tokenHash(refreshToken),
    refreshTokenLifetime,
    shortUserAgent(request.get('user-agent')),
  ]);
  const sessionId = rows[0]?.id;
  if (!sessionId) return undefined;
  const deviceToken = newToken();
  const device = await pool.query<{ kept: boolean }>(rememberDevice, [
    merchant,
    member,
    sessionId,
    brought ? tokenHash(brought) : null,
    tokenHash(deviceToken),
  ]);
  const kept = device.rows[0]?.kept === true;
  return { membership, sessionId, refreshToken, deviceToken: kept ? undefined : deviceToken };
}

/** Enough to tell one's phone from one's laptop. */
export function shortUserAgent(header: string | undefined): string {
  const printable = (header ?? '').replace(/[^\x20-\x7e]/g, '').trim();
  return printable.slice(0, 200);
}
