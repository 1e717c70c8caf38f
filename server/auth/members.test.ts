import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';

import { postAuth, setPassword } from '../testing/auth-client.ts';
import { codeOf, startTestApi, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
let owner: string;
const password = 'correct horse battery';

beforeAll(async () => {
  api = await startTestApi();
  await setPassword(api, api.ours.id, api.ours.staff, password);
  owner = await api.tokenOf(api.ours);
});
afterAll(() => api.close());
beforeEach(() => api.database.pool.query('delete from app_private.rate_buckets'));

const staff = () => ({ email: `staff@merchant-${api.ours.id}.example`, password });
const signIn = async () => (await postAuth(api, 'login', staff())).body;
const see = async (token: string) =>
  codeOf(await api.graphql(token, '{ stores { totalCount } }')) ?? 'ok';

const mutations = {
  invite: `mutation ($input: InviteMemberInput!) {
    inviteMember(input: $input) { link { id token email expiresAt } } }`,
  reset: `mutation ($input: ResetMemberPasswordInput!) {
    resetMemberPassword(input: $input) { link { token } } }`,
  disable: `mutation ($input: DisableMemberInput!) {
    disableMember(input: $input) { member { id disabledAt } } }`,
  enable: `mutation ($input: EnableMemberInput!) {
    enableMember(input: $input) { member { id disabledAt } } }`,
  role: `mutation ($input: ChangeMemberRoleInput!) {
    changeMemberRole(input: $input) { member { id role } } }`,
  end: `mutation ($input: EndSessionInput!) { endSession(input: $input) { session { endedAt } } }`,
  endAll: `mutation ($input: EndAllSessionsInput!) { endAllSessions(input: $input) { ended } }`,
};

async function mutate<T>(token: string, name: keyof typeof mutations, input: object): Promise<T> {
  const answer = await api.graphql<T>(token, mutations[name], { input });
  expect(answer.errors).toBeUndefined();
  return answer.data;
}

interface LinkAnswer {
  inviteMember: { link: { id: string; token: string; email: string } };
  resetMemberPassword: { link: { token: string } };
}

describe('an access token', () => {
  test('of a disabled member is refused at the next request, and so is the refresh token', async () => {
    const session = await signIn();
    expect(await see(session.accessToken)).toBe('ok');
    await mutate(owner, 'disable', { memberId: api.ours.staff });
    expect(await see(session.accessToken)).toBe('UNAUTHENTICATED');
    expect((await postAuth(api, 'refresh', session)).status).toBe(401);
    expect((await postAuth(api, 'login', staff())).status).toBe(401);
    await mutate(owner, 'enable', { memberId: api.ours.staff });
    expect(await see(session.accessToken)).toBe('UNAUTHENTICATED');
    expect(await see((await signIn()).accessToken)).toBe('ok');
  });

  test('has the rights that its member has now, not those of when it was signed', async () => {
    const { accessToken } = await signIn();
    const invite = async () =>
      codeOf(
        await api.graphql(accessToken, mutations.invite, {
          input: { email: 'a@b.in', name: 'A', role: 'STAFF' },
        }),
      ) ?? 'ok';
    expect(await invite()).toBe('FORBIDDEN');
    await mutate(owner, 'role', { memberId: api.ours.staff, role: 'MANAGER' });
    expect(await invite()).toBe('ok');
    await mutate(owner, 'role', { memberId: api.ours.staff, role: 'STAFF' });
    expect(await invite()).toBe('FORBIDDEN');
  });

  test('ends with its session: on signing out, and when a refresh token was used twice', async () => {
    const session = await signIn();
    await postAuth(api, 'logout', session);
    expect(await see(session.accessToken)).toBe('UNAUTHENTICATED');
    const stolen = await signIn();
    const second = (await postAuth(api, 'refresh', stolen)).body;
    await postAuth(api, 'refresh', second);
    expect(await see(stolen.accessToken)).toBe('ok');
    await postAuth(api, 'refresh', stolen);
    expect(await see(stolen.accessToken)).toBe('UNAUTHENTICATED');
    expect(await see(second.accessToken)).toBe('UNAUTHENTICATED');
  });

  test('without a session, or with one of somebody else, acts as nobody', async () => {
    const { issueAccessToken } = await import('./access-token.ts');
    const { deriveKeys } = await import('../../config.ts');
    const { sessionId } = await signIn();
    for (const [memberId, sid] of [
      [api.ours.owner, sessionId],
      [api.ours.staff, '0197a1b2-0000-7000-8000-000000000000'],
    ] as const) {
      const claims = { memberId, merchantId: api.ours.id, sessionId: sid, name: 'x' };
      const token = await issueAccessToken(deriveKeys(api.config, 'jwt'), {
        ...claims,
        role: 'owner',
      });
      expect(await see(token)).toBe('UNAUTHENTICATED');
    }
  });
});

describe('sessions', () => {
  const query = `{ sessions(filter: { onlyOpen: true }) {
    nodes { id userAgent startedAt lastUsedAt expiresAt } } }`;

  test('are listed for their member, and one of them or all others can be ended', async () => {
    const login = (userAgent: string) =>
      postAuth(api, 'login', staff(), { userAgent }).then(({ body }) => body);
    await mutate((await signIn()).accessToken, 'endAll', { keepThis: false });
    const laptop = await login('Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0');
    const phone = await login(`Mobile ${'x'.repeat(300)}`);
    const tablet = await login('Tablet');
    const { data } = await api.graphql<{
      sessions: { nodes: { id: string; userAgent: string }[] };
    }>(laptop.accessToken, query);
    expect(data.sessions.nodes.map(({ id }) => id)).toEqual(
      [tablet, phone, laptop].map(({ sessionId }) => sessionId),
    );
    expect(data.sessions.nodes[1]?.userAgent).toHaveLength(200);
    await mutate(laptop.accessToken, 'end', { sessionId: phone.sessionId });
    expect(await see(phone.accessToken)).toBe('UNAUTHENTICATED');
    expect(await see(tablet.accessToken)).toBe('ok');
    await mutate(laptop.accessToken, 'endAll', {});
    expect(await see(tablet.accessToken)).toBe('UNAUTHENTICATED');
    expect(await see(laptop.accessToken)).toBe('ok');
    await mutate(laptop.accessToken, 'endAll', { keepThis: false });
    expect(await see(laptop.accessToken)).toBe('UNAUTHENTICATED');
  });
});

describe('an invitation', () => {
  test('shows what it is for, makes a member with a password, and works once', async () => {
    const { inviteMember } = await mutate<LinkAnswer>(owner, 'invite', {
      email: 'New.Hand@Example.in',
      name: 'New Hand',
      role: 'MANAGER',
    });
    const { token } = inviteMember.link;
    const shown = await postAuth(api, 'invitation', { token });
    expect(shown.body).toMatchObject({
      purpose: 'join',
      email: 'new.hand@example.in',
      role: 'manager',
      merchant: { name: 'Kochi Cotton' },
    });
    for (const weak of ['short', 'aaaaaaaaaaaaaaaa', 'xx new.hand xx']) {
      const refused = await postAuth(api, 'accept-invitation', { token, password: weak });
      expect(refused).toMatchObject({
        status: 400,
        body: { error: { code: 'INVALID_INPUT', field: 'password' } },
      });
    }
    const accepted = await postAuth(api, 'accept-invitation', { token, password });
    expect(accepted).toMatchObject({ status: 200, body: { member: { role: 'manager' } } });
    expect(await see(accepted.body.accessToken)).toBe('ok');
    const again = await postAuth(api, 'accept-invitation', { token, password });
    expect(again).toMatchObject({ status: 404, body: { error: { field: 'token' } } });
    expect((await postAuth(api, 'invitation', { token })).status).toBe(404);
    const login = await postAuth(api, 'login', { email: 'new.hand@example.in', password });
    expect(login.status).toBe(200);
  });

  test('to a new password replaces it and signs its member out everywhere', async () => {
    const before = await signIn();
    const { resetMemberPassword } = await mutate<LinkAnswer>(owner, 'reset', {
      memberId: api.ours.staff,
    });
    expect(await see(before.accessToken)).toBe('ok');
    const next = 'another horse battery';
    const { token } = resetMemberPassword.link;
    const accepted = await postAuth(api, 'accept-invitation', { token, password: next });
    expect(accepted.status).toBe(200);
    expect(await see(before.accessToken)).toBe('UNAUTHENTICATED');
    expect((await postAuth(api, 'login', staff())).status).toBe(401);
    expect((await postAuth(api, 'login', { ...staff(), password: next })).status).toBe(200);
    const { accessToken } = accepted.body;
    await changePassword(accessToken, { currentPassword: next, newPassword: password });
  });
});

const changePassword = (token: string, body: object) =>
  postAuth(api, 'change-password', body, { token });

describe('a password', () => {
  test('is changed with the present one, keeps this session and ends the others', async () => {
    const [here, there] = [await signIn(), await signIn()];
    const next = 'a third horse battery';
    const wrong = await changePassword(here.accessToken, {
      currentPassword: 'wrong',
      newPassword: next,
    });
    expect(wrong).toMatchObject({ status: 400, body: { error: { field: 'currentPassword' } } });
    const weak = await changePassword(here.accessToken, {
      currentPassword: password,
      newPassword: 'short',
    });
    expect(weak).toMatchObject({ status: 400, body: { error: { field: 'newPassword' } } });
    const changed = await changePassword(here.accessToken, {
      currentPassword: password,
      newPassword: next,
    });
    expect(changed.status).toBe(204);
    expect(await see(here.accessToken)).toBe('ok');
    expect(await see(there.accessToken)).toBe('UNAUTHENTICATED');
    expect((await postAuth(api, 'refresh', here)).status).toBe(200);
    expect((await postAuth(api, 'login', staff())).status).toBe(401);
    await changePassword(here.accessToken, { currentPassword: next, newPassword: password });
  });

  test('cannot be guessed from an open screen: five tries, then 429', async () => {
    const { accessToken } = await signIn();
    const statuses = [];
    for (let i = 0; i < 7; i += 1) {
      const body = { currentPassword: `wrong ${i}`, newPassword: 'a good new password' };
      statuses.push((await changePassword(accessToken, body)).status);
    }
    expect(statuses).toEqual([400, 400, 400, 400, 400, 429, 429]);
  });

  test('is not changed by nobody, nor in a session that has ended', async () => {
    const body = { currentPassword: password, newPassword: 'a good new password' };
    expect((await postAuth(api, 'change-password', body)).status).toBe(401);
    const session = await signIn();
    await postAuth(api, 'logout', session);
    expect((await changePassword(session.accessToken, body)).status).toBe(401);
    expect((await postAuth(api, 'login', staff())).status).toBe(200);
  });
});
