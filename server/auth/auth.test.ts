import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { startTestApi, type TestApi } from '../testing/test-api.ts';
import { hashPassword, verifyPassword } from './password.ts';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
  const hash = await hashPassword('correct horse');
  await setPassword(api.ours.id, api.ours.owner, hash);
  // The manager of one works for the other too, with the same password.
  await api.database.pool.query(
    "update app_public.members set email = 'both@example.in' where role = 'manager'",
  );
  await setPassword(api.ours.id, api.ours.manager, hash);
  await setPassword(api.theirs.id, api.theirs.manager, hash);
});
afterAll(() => api.close());

function setPassword(merchant: number, member: number, hash: string): Promise<unknown> {
  return api.database.pool.query('insert into app_private.member_passwords values ($1, $2, $3)', [
    merchant,
    member,
    hash,
  ]);
}

interface Answer {
  status: number;
  body: {
    accessToken: string;
    refreshToken: string;
    merchant?: { id: number };
    error?: { code: string; field?: string; merchants?: { id: number; name: string }[] };
  };
}

async function post(path: string, body: unknown): Promise<Answer> {
  const response = await fetch(`${api.server.url}/auth/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Answer['body'] };
}

const credentials = () => ({
  email: `owner@merchant-${api.ours.id}.example`,
  password: 'correct horse',
});

describe('passwords', () => {
  test('are kept as Argon2id in PHC form and verified', async () => {
    const hash = await hashPassword('päßwörd 🌸');
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(await verifyPassword('päßwörd 🌸', hash)).toBe(true);
    expect(await verifyPassword('password', hash)).toBe(false);
    expect(await verifyPassword('x', 'no hash at all')).toBe(false);
  });
});

describe('signing in', () => {
  test('gives a token that works, and says who and for whom', async () => {
    const { status, body } = await post('login', credentials());
    expect(status).toBe(200);
    expect(body).toMatchObject({
      expiresIn: 900,
      member: { id: api.ours.owner, role: 'owner', name: 'owner' },
      merchant: { id: api.ours.id, name: 'Kochi Cotton' },
    });
    const answer = await api.graphql<{ stores: { totalCount: number } }>(
      body.accessToken,
      '{ stores { totalCount } }',
    );
    expect(answer.data.stores.totalCount).toBe(3);
  });

  test('refuses a wrong password and an unknown e-mail alike', async () => {
    const wrong = await post('login', { ...credentials(), password: 'wrong' });
    const unknown = await post('login', { ...credentials(), email: 'nobody@example.in' });
    expect(wrong.status).toBe(401);
    expect(unknown).toEqual(wrong);
  });

  test('asks which merchant, once the password was right', async () => {
    const login = { email: 'both@example.in', password: 'correct horse' };
    const asked = await post('login', login);
    expect(asked.status).toBe(409);
    expect(asked.body.error?.merchants?.map(({ id }) => id)).toEqual([api.ours.id, api.theirs.id]);
    expect((await post('login', { ...login, password: 'wrong' })).status).toBe(401);
    const chosen = await post('login', { ...login, merchantId: api.theirs.id });
    expect(chosen.body.merchant?.id).toBe(api.theirs.id);
  });

  test('refuses what is no request, by its field', async () => {
    expect((await post('login', { email: 'a@b.in' })).body.error).toMatchObject({
      code: 'INVALID_INPUT',
      field: 'password',
    });
    expect((await post('login', '{')).status).toBe(400);
    expect((await post('login', { ...credentials(), email: 'a\0b@c.in' })).status).toBe(400);
    expect((await post('login', JSON.stringify({ email: 'a'.repeat(20_000) }))).status).toBe(413);
  });
});

describe('a session', () => {
  test('goes on by swapping its refresh token', async () => {
    const first = await post('login', credentials());
    const second = await post('refresh', { refreshToken: first.body.refreshToken });
    expect(second.status).toBe(200);
    expect(second.body.refreshToken).not.toBe(first.body.refreshToken);
    expect((await post('refresh', { refreshToken: second.body.refreshToken })).status).toBe(200);
  });

  test('ends altogether when a refresh token is used twice', async () => {
    const first = await post('login', credentials());
    const second = await post('refresh', { refreshToken: first.body.refreshToken });
    const third = await post('refresh', { refreshToken: second.body.refreshToken });
    expect((await post('refresh', { refreshToken: first.body.refreshToken })).status).toBe(401);
    expect((await post('refresh', { refreshToken: third.body.refreshToken })).status).toBe(401);
  });

  test('of two tabs that refresh with one token at once goes on in both', async () => {
    const { refreshToken } = (await post('login', credentials())).body;
    const tabs = await Promise.all(
      Array.from({ length: 20 }, () => post('refresh', { refreshToken })),
    );
    expect(new Set(tabs.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(tabs.map(({ body }) => body.refreshToken)).size).toBe(1);
  });

  test('ends on signing out', async () => {
    const { body } = await post('login', credentials());
    expect((await post('logout', { refreshToken: body.refreshToken })).status).toBe(204);
    expect((await post('refresh', { refreshToken: body.refreshToken })).status).toBe(401);
  });
});
