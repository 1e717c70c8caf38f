import { createHash, randomBytes } from 'node:crypto';

export const refreshTokenLifetime = '30 days';

export function newRefreshToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What is stored: whoever reads the table cannot sign in with it. */
export function refreshTokenHash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
