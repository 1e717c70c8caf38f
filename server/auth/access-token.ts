import { decodeProtectedHeader, jwtVerify, SignJWT } from 'jose';
import { createHash } from 'node:crypto';
import { z } from 'zod';

import type { KeyRing } from '../../config.ts';

/** Who a request acts as. The expiry travels along: a socket is closed when its token ends. */
export interface Member {
  memberId: number;
  merchantId: number;
  /** The sign-in that this goes back to: when it ends, so does every token of it. */
  sessionId: string;
  role: 'owner' | 'manager' | 'staff';
  name: string;
  expiresAt: Date;
}

export const accessTokenSeconds = 15 * 60;

const Claims = z.object({
  sub: z.coerce.number().int().positive(),
  merchant_id: z.number().int().positive(),
  sid: z.uuid(),
  role: z.enum(['owner', 'manager', 'staff']),
  name: z.string(),
  exp: z.number(),
});

const options = { issuer: 'waybill', audience: 'waybill' };

export async function issueAccessToken(
  [key]: KeyRing,
  member: Omit<Member, 'expiresAt'>,
  lifetimeSeconds = accessTokenSeconds,
): Promise<string> {
  const { merchantId, sessionId, role, name } = member;
  return new SignJWT({ merchant_id: merchantId, sid: sessionId, role, name })
    .setProtectedHeader({ alg: 'HS256', kid: keyId(key) })
    .setSubject(String(member.memberId))
    .setIssuer(options.issuer)
    .setAudience(options.audience)
    .setIssuedAt()
    .setExpirationTime(`${lifetimeSeconds}s`)
    .sign(key);
}

/**
 * Undefined for whatever is no valid token of ours: expired, forged, another algorithm, a key that
 * is neither the present one nor a previous one.
 */
export async function readAccessToken(keys: KeyRing, token: string): Promise<Member | undefined> {
  try {
    const { kid } = decodeProtectedHeader(token);
    const key = keys.find((candidate) => keyId(candidate) === kid);
    if (!key) return undefined;
    const { payload } = await jwtVerify(token, key, { ...options, algorithms: ['HS256'] });
    const claims = Claims.parse(payload);
    return {
      memberId: claims.sub,
      merchantId: claims.merchant_id,
      sessionId: claims.sid,
      role: claims.role,
      name: claims.name,
      expiresAt: new Date(claims.exp * 1000),
    };
  } catch {
    return undefined;
  }
}

const ids = new WeakMap<Uint8Array, string>();

/** Names a key without telling anything about it; the same in every process that has the secret. */
function keyId(key: Uint8Array): string {
  const known = ids.get(key);
  if (known) return known;
  const id = createHash('sha256').update('waybill kid').update(key).digest('base64url').slice(0, 8);
  ids.set(key, id);
  return id;
}

/** The token of an `Authorization` header. */
export function bearerToken(authorization: unknown): string | undefined {
  return typeof authorization === 'string'
    ? /^Bearer ([\w.-]+)$/i.exec(authorization)?.[1]
    : undefined;
}
