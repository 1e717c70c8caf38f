/**
 * Credentials of outside accounts at rest: AES-256-GCM, so that a changed byte is found and not used.
 * The database keeps the result and never sees the key. Layout: version byte, 12-byte nonce, 16-byte tag,
 * ciphertext of a JSON object.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const version = 1;
const nonceLength = 12;
const tagLength = 16;

export type Credentials = Record<string, unknown>;

export function encryptCredentials(key: Uint8Array, credentials: object): Buffer {
  const nonce = randomBytes(nonceLength);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const ciphertext = Buffer.concat([
    cipher.update(JSON.stringify(credentials), 'utf8'),
    cipher.final(),
  ]);
  return Buffer.concat([Buffer.of(version), nonce, cipher.getAuthTag(), ciphertext]);
}

/**
 * With the first of these keys that fits: what was sealed before the secret was changed is read
 * with a previous one. Throws when none fits.
 */
export function openCredentials(keys: readonly Uint8Array[], sealed: Uint8Array): Credentials {
  for (const [index, key] of keys.entries()) {
    try {
      return decryptCredentials(key, sealed);
    } catch (error) {
      if (index === keys.length - 1) throw error;
    }
  }
  throw new Error('There is no key to read credentials with');
}

/** Throws when the key is another one or the bytes are not what was written. */
export function decryptCredentials(key: Uint8Array, sealed: Uint8Array): Credentials {
  const bytes = Buffer.from(sealed);
  const nonceEnd = 1 + nonceLength;
  const tagEnd = nonceEnd + tagLength;
  if (bytes[0] !== version || bytes.length <= tagEnd) {
    throw new Error('These credentials are in an unknown format');
  }
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, nonceEnd), {
    authTagLength: tagLength,
  });
  decipher.setAuthTag(bytes.subarray(nonceEnd, tagEnd));
  const text = Buffer.concat([decipher.update(bytes.subarray(tagEnd)), decipher.final()]).toString(
    'utf8',
  );
  const credentials: unknown = JSON.parse(text);
  if (typeof credentials !== 'object' || credentials === null || Array.isArray(credentials)) {
    throw new Error('Credentials are a JSON object');
  }
  return { ...credentials };
}
