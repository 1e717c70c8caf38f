import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';

import { deriveKeys } from '../../config.ts';
import { postAuth, setPassword } from '../testing/auth-client.ts';
import { codeOf, startTestApi, type TestApi } from '../testing/test-api.ts';
import { issueAccessToken, readAccessToken } from './access-token.ts';

const previous = 'the secret before this one is long enough';
const retired = 'a secret that was taken out of the list';
const password = 'correct horse battery';
let api: TestApi;

beforeAll(async () => {
  api = await startTestApi({ WAYBILL_PREVIOUS_SECRETS: previous });
  await setPassword(api, api.ours.id, api.ours.owner, password);
});
afterAll(() => api.close());

const signIn = async () =>
  (await postAuth(api, 'login', { email: `owner@merchant-${api.ours.id}.example`, password })).body;
const see = async (token: string) =>
  codeOf(await api.graphql(token, '{ stores { totalCount } }')) ?? 'ok';
const keysOf = (secret: string) => deriveKeys({ secret, previousSecrets: [] }, 'jwt');

/** A token of a session that stands, as a server with that secret would have signed it. */
async function tokenUnder(secret: string, lifetimeSeconds?: number): Promise<string> {
  const { sid } = decodeJwt<{ sid: string }>((await signIn()).accessToken);
  const { id: merchantId, owner: memberId } = api.ours;
  const claims = { memberId, merchantId, sessionId: sid, role: 'owner' as const, name: 'owner' };
  return issueAccessToken(keysOf(secret), claims, lifetimeSeconds);
}

test('a token of the previous secret is good until it expires, one of a retired secret is not', async () => {
  expect(await see(await tokenUnder(previous))).toBe('ok');
  expect(await see(await tokenUnder(previous, -1))).toBe('UNAUTHENTICATED');
  expect(await see(await tokenUnder(retired))).toBe('UNAUTHENTICATED');
});

test('what is signed now, on signing in and on refreshing, does not need the previous secret', async () => {
  const session = await signIn();
  const next = (await postAuth(api, 'refresh', session)).body;
  for (const { accessToken } of [session, next]) {
    expect(await readAccessToken(keysOf(api.config.secret), accessToken)).toBeDefined();
    expect(await readAccessToken(keysOf(previous), accessToken)).toBeUndefined();
  }
});
