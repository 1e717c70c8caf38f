import { jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';

import type { Member } from '../auth/access-token.ts';

/** Time enough to open a stream; it is in an address, so no longer. */
export const streamTokenSeconds = 60;

const options = { issuer: 'waybill', audience: 'waybill-stream' };

const Claims = z.object({
  sub: z.coerce.number().int().positive(),
  merchant_id: z.number().int().positive(),
  store_id: z.number().int(),
  sid: z.uuid(),
  role: z.enum(['owner', 'manager', 'staff']),
  until: z.number(),
});

/**
 * A browser's EventSource sends no headers, and an access token does not belong into an address. This
 * opens the streams of one store, within a minute; what it opened ends with the access token.
 */
export async function issueStreamToken(
  key: Uint8Array,
  member: Member,
  storeId: number,
): Promise<string> {
  return new SignJWT({
    merchant_id: member.merchantId,
    store_id: storeId,
    sid: member.sessionId,
    role: member.role,
    until: Math.floor(member.expiresAt.getTime() / 1000),
  })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(String(member.memberId))
    .setIssuer(options.issuer)
    .setAudience(options.audience)
    .setExpirationTime(`${streamTokenSeconds}s`)
    .sign(key);
}

export async function readStreamToken(
  key: Uint8Array,
  token: string,
  storeId: number,
): Promise<Member | undefined> {
  try {
    const { payload } = await jwtVerify(token, key, { ...options, algorithms: ['HS256'] });
    const claims = Claims.parse(payload);
    if (claims.store_id !== storeId) return undefined;
    return {
      memberId: claims.sub,
      merchantId: claims.merchant_id,
      sessionId: claims.sid,
      role: claims.role,
      name: '',
      expiresAt: new Date(claims.until * 1000),
    };
  } catch {
    return undefined;
  }
}
