import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';

import { decryptCredentials, encryptCredentials } from './credentials.ts';

const key = randomBytes(32);

describe('credentials at rest', () => {
  test('come back as they were', () => {
    const sealed = encryptCredentials(key, { token: 'secret', nested: { a: 1 } });
    expect(decryptCredentials(key, sealed)).toEqual({ token: 'secret', nested: { a: 1 } });
    expect(sealed.includes('secret')).toBe(false);
  });

  test('are sealed differently each time', () => {
    expect(encryptCredentials(key, { a: 1 })).not.toEqual(encryptCredentials(key, { a: 1 }));
  });

  test('are refused with another key, a changed byte, a cut end and an unknown version', () => {
    const sealed = encryptCredentials(key, { a: 1 });
    const changed = Buffer.from(sealed);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    const unknown = Buffer.from(sealed);
    unknown[0] = 9;
    expect(() => decryptCredentials(randomBytes(32), sealed)).toThrow();
    expect(() => decryptCredentials(key, changed)).toThrow();
    expect(() => decryptCredentials(key, sealed.subarray(0, 20))).toThrow();
    expect(() => decryptCredentials(key, unknown)).toThrow();
  });
});
