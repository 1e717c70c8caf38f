import { createHmac, timingSafeEqual } from 'node:crypto';

import type { KeyRing } from '../../config.ts';

const lifetimeSeconds = 600;

/** A PDF that is printed: the label of a shipment, or a manifest. */
export interface Paper {
  kind: 'label' | 'manifest';
  id: string;
}

/** A link to a paper: whoever holds it may fetch the PDF until it expires, and nothing else. */
export function signPaperUrl(key: Uint8Array, publicUrl: string, paper: Paper, now: Date): string {
  const expires = String(Math.floor(now.getTime() / 1000) + lifetimeSeconds);
  const url = new URL(`/${paper.kind}s/${paper.id}.pdf`, publicUrl);
  url.searchParams.set('expires', expires);
  url.searchParams.set('signature', signatureOf(key, paper, expires).toString('base64url'));
  return url.href;
}

export function verifyPaperLink(
  keys: KeyRing,
  link: Paper & { expires: string; signature: string },
  now: Date,
): boolean {
  if (!/^\d{1,12}$/.test(link.expires)) return false;
  const given = Buffer.from(link.signature, 'base64url');
  const genuine = keys.some((key) => {
    const expected = signatureOf(key, link, link.expires);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  return genuine && Number(link.expires) * 1000 > now.getTime();
}

function signatureOf(key: Uint8Array, { kind, id }: Paper, expires: string): Buffer {
  return createHmac('sha256', key).update(`${kind} ${id} ${expires}`).digest();
}
