import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Whether `X-Hub-Signature-256` is Meta's over exactly these bytes. The comparison takes the same
 * time wherever a forged signature first differs.
 */
export function verifySignature(
  appSecret: string,
  rawBody: Uint8Array,
  header: string | undefined,
): boolean {
  const match = /^sha256=([0-9a-f]{64})$/i.exec(header ?? '');
  if (!match || appSecret === '') return false;
  const expected = createHmac('sha256', appSecret).update(rawBody).digest();
  return timingSafeEqual(expected, Buffer.from(match[1] ?? '', 'hex'));
}

/** The header that Meta would send with these bytes: for the sandbox and for tests. */
export function signatureOf(appSecret: string, rawBody: Uint8Array): string {
  return `sha256=${createHmac('sha256', appSecret).update(rawBody).digest('hex')}`;
}
