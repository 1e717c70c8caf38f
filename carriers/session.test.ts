import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { startCalmSandbox } from '../sandbox/test-client.ts';
import { walletBalance } from './shiprocket/calls.ts';
import { callerOf } from './shiprocket/test-caller.ts';

let now: number;
let sandbox: Sandbox;
beforeEach(async () => {
  now = Date.now();
  sandbox = await startCalmSandbox({ now: () => now });
});
afterEach(() => sandbox.close());

const logins = () => sandbox.books.requests['shiprocket.login'];
const clock = () => new Date(now);

test('one login serves all calls, also those of the same moment', async () => {
  const { send } = callerOf(sandbox, { now: clock });
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => send(walletBalance())));
  expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['done']));
  expect(logins()).toEqual({ ok: 1 });
});

test('a token that is about to end is renewed before it is used', async () => {
  const { send } = callerOf(sandbox, { now: clock });
  await send(walletBalance());
  now += 240 * 3_600_000 - 60_000;
  await send(walletBalance());
  expect(logins()).toEqual({ ok: 2 });
  expect(sandbox.books.requests['shiprocket.wallet']).toEqual({ ok: 2 });
});

test('many that find their token refused sign in once', async () => {
  const { send, tokens } = callerOf(sandbox, { now: clock });
  await send(walletBalance());
  const kept = await tokens.read();
  if (kept !== null && 'token' in kept) sandbox.books.shiprocket.revokedTokens.add(kept.token);
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => send(walletBalance())));
  expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['done']));
  expect(logins()).toEqual({ ok: 2 });
});

test('a fresh token that is refused as well is a matter of the account', async () => {
  sandbox.faults.add({ operation: 'shiprocket.wallet', kind: 'expired_token' });
  const { send } = callerOf(sandbox, { now: clock });
  expect(await send(walletBalance())).toMatchObject({ kind: 'account', code: 'authentication' });
  expect(await send(walletBalance())).toMatchObject({ kind: 'account', code: 'authentication' });
});

test('wrong credentials are not tried again for ten minutes, by nobody', async () => {
  const { send } = callerOf(sandbox, { password: 'wrong', now: clock });
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => send(walletBalance())));
  expect(new Set(outcomes.map((one) => ('code' in one ? one.code : one.kind)))).toEqual(
    new Set(['credentials']),
  );
  expect(logins()).toEqual({ refused: 1 });
  now += 11 * 60_000;
  await send(walletBalance());
  expect(logins()).toEqual({ refused: 2 });
});

test('a login that fails otherwise is simply tried again by the next call', async () => {
  sandbox.faults.add({ operation: 'shiprocket.login', kind: 'server_error', count: 1 });
  const { send } = callerOf(sandbox, { now: clock });
  expect(await send(walletBalance())).toMatchObject({ kind: 'transient', code: 'http-500' });
  expect(await send(walletBalance())).toMatchObject({ kind: 'done' });
});
