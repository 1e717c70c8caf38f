import { createHmac, timingSafeEqual } from 'node:crypto';
import { objectIn, textOf } from '../exchange.ts';
import type { Call } from '../exchange.ts';
import type { World } from '../world.ts';
import type { ShiprocketAccount } from './accounts.ts';

/** A JWT that carries its own end, so that it outlives a restart as a real one does. */
export function issueToken(world: World, account: ShiprocketAccount): string {
  const issuedAt = Math.floor(world.now() / 1000);
  const payload = {
    sub: account.email,
    iss: 'https://apiv2.shiprocket.in/v1/external/auth/login',
    iat: issuedAt,
    exp: issuedAt + Math.floor(world.settings.shiprocketTokenMs / 1000),
    jti: String(world.books.nextSerial()),
    cid: account.companyId,
  };
  const signed = `${part({ typ: 'JWT', alg: 'HS256' })}.${part(payload)}`;
  return `${signed}.${signatureOf(world, signed)}`;
}

export type TokenState =
  { account: ShiprocketAccount } | { problem: 'malformed' | 'forged' | 'expired' | 'revoked' };

export function readToken(world: World, token: string): TokenState {
  const [header = '', body = '', signature = '', ...more] = token.split('.');
  if (signature === '' || more.length > 0) return { problem: 'malformed' };
  const wanted = Buffer.from(signatureOf(world, `${header}.${body}`));
  const given = Buffer.from(signature);
  if (wanted.length !== given.length || !timingSafeEqual(wanted, given)) {
    return { problem: 'forged' };
  }
  const payload = payloadOf(token);
  if (Number(textOf(payload, 'exp')) * 1000 <= world.now()) return { problem: 'expired' };
  if (world.books.shiprocket.revokedTokens.has(token)) return { problem: 'revoked' };
  const email = textOf(payload, 'sub');
  const account = world.settings.shiprocketAccounts.find((one) => one.email === email);
  return account === undefined ? { problem: 'forged' } : { account };
}

/** Whose call it is, for the faults: tokens change with every login, the API user does not. */
export function apiUserOf(_world: World, call: Call): string {
  const token = bearerOf(call);
  return token === ''
    ? textOf(objectIn(call.body) ?? {}, 'email')
    : textOf(payloadOf(token), 'sub');
}

export function bearerOf(call: Call): string {
  return /^Bearer\s+(\S+)$/.exec(call.headers.authorization ?? '')?.[1] ?? '';
}

function payloadOf(token: string): Record<string, unknown> {
  const body = token.split('.')[1] ?? '';
  return objectIn(Buffer.from(body, 'base64url').toString()) ?? {};
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function signatureOf(world: World, text: string): string {
  return createHmac('sha256', world.settings.seed).update(text).digest('base64url');
}
