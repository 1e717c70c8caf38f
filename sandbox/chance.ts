import { createHash } from 'node:crypto';

/**
 * The number in [0, 1) that this seed gives to these words.
 *
 * A hash and not a running generator: concurrent requests arrive in another order on every run, and
 * a running generator would then give another order another fate.
 */
export function share(seed: string, ...words: readonly (string | number)[]): number {
  const digest = createHash('sha256')
    .update(JSON.stringify([seed, ...words]))
    .digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}

export function hexOf(seed: string, ...words: readonly (string | number)[]): string {
  return createHash('sha256')
    .update(JSON.stringify([seed, ...words]))
    .digest('hex');
}
