import { createHmac, timingSafeEqual } from 'node:crypto';
import { asObject, json, objectIn, textOf } from '../exchange.ts';
import type { Answer, Call } from '../exchange.ts';
import type { World } from '../world.ts';
import type { BlueDartAccount } from './account.ts';
import { notAllowed, nullReference, refuse } from './answers.ts';
import type { Refusal } from './answers.ts';

/** `GET /token/v1/login` with the two headers; the token is good for a day. */
export function login(world: World, call: Call): Answer {
  const { clientid, clientsecret } = call.headers;
  const account = world.settings.blueDartAccounts.find((one) => one.clientId === clientid);
  if (account === undefined || account.clientSecret !== clientsecret) return notAllowed(401);
  return json({ JWTToken: issue(world, account.clientId) });
}

function issue(world: World, clientId: string): string {
  const expiresAt = Math.floor((world.now() + world.settings.blueDartTokenMs) / 1000);
  const header = part({ alg: 'HS256', typ: 'JWT' });
  const payload = part({ sub: clientId, exp: expiresAt, jti: world.books.nextSerial() });
  return `${header}.${payload}.${signatureOf(world, `${header}.${payload}`)}`;
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function signatureOf(world: World, signed: string): string {
  return createHmac('sha256', world.settings.seed).update(signed).digest('base64url');
}

/** First layer: `JWTToken: <jwt>`. Null when the gateway lets the call through. */
export function refuseToken(world: World, call: Call): Answer | null {
  if (call.draw.colours.has('expired_token')) return notAllowed(401);
  const sent = call.headers['jwttoken'];
  if (typeof sent !== 'string' || !isGood(world, sent)) return notAllowed(401);
  return null;
}

function isGood(world: World, token: string): boolean {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const wanted = Buffer.from(signatureOf(world, `${header}.${payload}`));
  const given = Buffer.from(signature);
  if (wanted.length !== given.length || !timingSafeEqual(wanted, given)) return false;
  const claims = objectIn(Buffer.from(payload, 'base64url').toString());
  return Number(claims?.['exp'] ?? 0) * 1000 > world.now();
}

/** How an API spells its envelope: `Request` and `Profile`, or both in lower case. */
export type Envelope = 'upper' | 'lower';

export interface Opened {
  account: BlueDartAccount;
  request: Record<string, unknown>;
}

/** Second layer: the profile in the body. A good token says nothing about it. */
export function openEnvelope(
  world: World,
  call: Call,
  envelope: Envelope | 'as configured',
): Opened | Refusal {
  const body = objectIn(call.body);
  if (body === null) return refuse('Error', 'Invalid request body', 'bare');
  const spelling =
    envelope === 'as configured'
      ? (accountOf(world, call.body)?.pickupEnvelope ?? 'lower')
      : envelope;
  const request = asObject(body[spelling === 'upper' ? 'Request' : 'request']);
  const profile = asObject(body[spelling === 'upper' ? 'Profile' : 'profile']);
  if (request === null || profile === null) return nullReference;
  const access = checkProfile(world, profile);
  return 'way' in access ? access : { account: access, request };
}

export function checkProfile(
  world: World,
  profile: Record<string, unknown>,
): BlueDartAccount | Refusal {
  const loginId = textOf(profile, 'LoginID');
  const account = world.settings.blueDartAccounts.find((one) => one.loginId === loginId);
  if (account === undefined) return refuse('UserDoesNotExists', 'User does not exists', 'nested');
  if (textOf(profile, 'LicenceKey') !== account.licenceKey || textOf(profile, 'Api_type') !== 'S') {
    return refuse('RequestAuthenticationFailed', 'Request Authentication Failed', 'nested');
  }
  const isFull =
    textOf(profile, 'Customercode') === account.customerCode && textOf(profile, 'Version') !== '';
  if (!account.wantsFullProfile || isFull) return account;
  return refuse('UnauthorizedUser', 'Unauthorized User', 'nested');
}

/** Whose call it is, before anything is checked: faults can be asked for by account. */
export function accountName(world: World, call: Call): string {
  const { clientid } = call.headers;
  const byClient = world.settings.blueDartAccounts.find((one) => one.clientId === clientid);
  return (
    byClient?.loginId ?? call.query.get('loginid') ?? accountOf(world, call.body)?.loginId ?? ''
  );
}

function accountOf(world: World, body: string): BlueDartAccount | undefined {
  const loginId = /"LoginID"\s*:\s*"([^"]*)"/.exec(body)?.[1];
  return world.settings.blueDartAccounts.find((one) => one.loginId === loginId);
}
