import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

import { Turnstile } from './turnstile.ts';

const derive = promisify(argon2);

interface Cost {
  memory: number;
  passes: number;
  parallelism: number;
}

/** OWASP's minimum for Argon2id; 55 ms on the machine it was measured on. */
const cost: Cost = { memory: 19_456, passes: 2, parallelism: 1 };
const tagLength = 32;

/**
 * Node has four threads for everything that blocks: one stays free for DNS and files. Whoever finds
 * a hundred waiting is told to come back; that is five seconds of work.
 */
const turnstile = new Turnstile(3, 100);

/** True while hashing has more to do than it can do soon. */
export function isHashingBusy(): boolean {
  return turnstile.isFull();
}

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const tag = await computeTag(password, salt, cost, tagLength);
  const parameters = `m=${cost.memory},t=${cost.passes},p=${cost.parallelism}`;
  return `$argon2id$v=19$${parameters}$${encode(salt)}$${encode(tag)}`;
}

/** Against a hash in PHC form; a hash that is none verifies nothing. */
export async function verifyPassword(password: string, phc: string): Promise<boolean> {
  const parts = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/.exec(phc);
  if (!parts) return false;
  const [, memory, passes, parallelism, salt = '', tag = ''] = parts;
  const expected = Buffer.from(tag, 'base64');
  const stored = {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
  };
  const actual = await computeTag(password, Buffer.from(salt, 'base64'), stored, expected.length);
  return timingSafeEqual(actual, expected);
}

let nobodysHash: Promise<string> | undefined;

/**
 * Takes as long as a real check, so that the time of an answer does not tell which e-mails exist.
 */
export async function verifyNobody(password: string): Promise<false> {
  nobodysHash ??= hashPassword(randomBytes(16).toString('hex'));
  await verifyPassword(password, await nobodysHash);
  return false;
}

function computeTag(password: string, salt: Buffer, with_: Cost, length: number): Promise<Buffer> {
  return turnstile.pass(() =>
    derive('argon2id', {
      message: password,
      nonce: salt,
      memory: with_.memory,
      passes: with_.passes,
      parallelism: with_.parallelism,
      tagLength: length,
    }),
  );
}

/** PHC strings use base64 without padding. */
function encode(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
