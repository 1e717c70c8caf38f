import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Whether `X-Shopify-Hmac-Sha256` is Shopify's over exactly these bytes. The comparison takes the
 * same time wherever a forged signature first differs.
 */
export function verifyWebhook(
  secret: string,
  rawBody: Uint8Array,
  header: string | undefined,
): boolean {
  if (secret === '' || !/^[A-Za-z0-9+/]{43}=$/.test(header ?? '')) return false;
  const expected = createHmac('sha256', secret).update(rawBody).digest();
  const given = Buffer.from(header ?? '', 'base64');
  return given.length === expected.length && timingSafeEqual(expected, given);
}

/** The header that Shopify would send with these bytes. */
export function signatureOf(secret: string, rawBody: Uint8Array): string {
  return createHmac('sha256', secret).update(rawBody).digest('base64');
}
