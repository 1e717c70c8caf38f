import { createHash } from 'node:crypto';

/** What Blue Dart takes for a reference: 1 to 20 of A-Z and 0-9. */
const longest = 20;
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * Our reference as Blue Dart takes it, the same at every attempt. Leaving the hyphens out would make
 * `W1-10-01` and `W1-1-001` one parcel, so each becomes an X; whatever cannot be written that way
 * becomes a digest behind XX, which nothing else begins with.
 */
export function blueDartReference(reference: string): string {
  const plain = /^[A-WYZ0-9]+(?:-[A-WYZ0-9]+)*$/.test(reference);
  if (plain && reference.length <= longest) return reference.replaceAll('-', 'X');
  const digest = createHash('sha256').update(reference).digest();
  const letters = [...digest.subarray(0, longest - 2)].map((byte) => alphabet[byte % 32]);
  return `XX${letters.join('')}`;
}
