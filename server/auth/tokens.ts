import { createHash, createHmac, randomBytes } from 'node:crypto';

export const refreshTokenLifetime = '30 days';

/** 256 random bits: a refresh token, or the mark of a device. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * The refresh token after this one. It follows from it and from a key of ours, so that a client
 * whose answer was lost, or two tabs with one token, get the same next one when they ask again, and
 * not each their own: a second line of tokens would be a thief's to keep.
 */
export function nextRefreshToken(key: Uint8Array, token: string): string {
  return createHmac('sha256', key).update(token).digest('base64url');
}

/** What is stored: whoever reads the table cannot use it. */
export function tokenHash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
