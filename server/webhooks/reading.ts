import type { Request } from 'express';
import { createHash } from 'node:crypto';

/**
 * The number of an address such as /webhooks/shopify/12; undefined for what can be none of ours.
 */
export function accountNumber(text: string | undefined): number | undefined {
  if (!text || !/^[1-9]\d{0,9}$/.test(text)) return undefined;
  const number = Number(text);
  return number <= 2_147_483_647 ? number : undefined;
}

/** The bytes as they came: signatures are over these and nothing else. */
export function rawBody(request: Request): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

export function digest(...parts: (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** A header's value for a text column: without what PostgreSQL cannot hold, and not without end. */
export function headerText(request: Request, name: string): string | undefined {
  const value = request.get(name)?.replaceAll('\0', '').trim().slice(0, 200);
  return value === '' ? undefined : value;
}
