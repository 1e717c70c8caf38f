import { jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';

/** Who a request acts as. The expiry travels along: a socket is closed when its token ends. */
export interface Member {
  memberId: number;
  merchantId: number;
  role: 'owner' | 'manager' | 'staff';
  name: string;
  expiresAt: Date;
}

export const accessTokenSeconds = 15 * 60;

const Claims = z.object({
  sub: z.coerce.number().int().positive(),
  merchant_id: z.number().int().positive(),
  role: z.enum(['owner', 'manager', 'staff']),
  name: z.string(),
  exp: z.number(),
});

const options = { issuer: 'waybill', audience: 'waybill' };

export async function issueAccessToken(
  key: Uint8Array,
  member: Omit<Member, 'expiresAt'>,
): Promise<string> {
  return new SignJWT({ merchant_id: member.merchantId, role: member.role, name: member.name })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(String(member.memberId))
    .setIssuer(options.issuer)
    .setAudience(options.audience)
    .setIssuedAt()
    .setExpirationTime(`${accessTokenSeconds}s`)
    .sign(key);
}

/** Undefined for whatever is no valid token of ours: expired, forged, another algorithm. */
export async function readAccessToken(key: Uint8Array, token: string): Promise<Member | undefined> {
  try {
    const { payload } = await jwtVerify(token, key, { ...options, algorithms: ['HS256'] });
    const claims = Claims.parse(payload);
    return {
      memberId: claims.sub,
      merchantId: claims.merchant_id,
      role: claims.role,
      name: claims.name,
      expiresAt: new Date(claims.exp * 1000),
    };
  } catch {
    return undefined;
  }
}

/** The token of an `Authorization` header. */
export function bearerToken(authorization: unknown): string | undefined {
  return typeof authorization === 'string'
    ? /^Bearer ([\w.-]+)$/i.exec(authorization)?.[1]
    : undefined;
}
