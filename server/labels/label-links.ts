import { createHmac, timingSafeEqual } from 'node:crypto';

import type { KeyRing } from '../../config.ts';

const lifetimeSeconds = 600;

/** A link to a label: whoever holds it may fetch the PDF until it expires, and nothing else. */
export function signLabelUrl(
  key: Uint8Array,
  publicUrl: string,
  shipmentId: string,
  now: Date,
): string {
  const expires = Math.floor(now.getTime() / 1000) + lifetimeSeconds;
  const url = new URL(`/labels/${shipmentId}.pdf`, publicUrl);
  url.searchParams.set('expires', String(expires));
  url.searchParams.set(
    'signature',
    signatureOf(key, shipmentId, String(expires)).toString('base64url'),
  );
  return url.href;
}

export function verifyLabelLink(
  keys: KeyRing,
  link: { shipmentId: string; expires: string; signature: string },
  now: Date,
): boolean {
  if (!/^\d{1,12}$/.test(link.expires)) return false;
  const given = Buffer.from(link.signature, 'base64url');
  const genuine = keys.some((key) => {
    const expected = signatureOf(key, link.shipmentId, link.expires);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  return genuine && Number(link.expires) * 1000 > now.getTime();
}

function signatureOf(key: Uint8Array, shipmentId: string, expires: string): Buffer {
  return createHmac('sha256', key).update(`label ${shipmentId} ${expires}`).digest();
}
