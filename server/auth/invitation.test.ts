import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';

import { postAuth, setPassword } from '../testing/auth-client.ts';
import { codeOf, startTestApi, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
let owner: string;
let stranger: string;
const password = 'correct horse battery';

beforeAll(async () => {
  api = await startTestApi();
  owner = await api.tokenOf(api.ours);
  stranger = await api.tokenOf(api.theirs);
});
afterAll(() => api.close());
beforeEach(() => api.database.pool.query('delete from app_private.rate_buckets'));

interface Link {
  id: string;
  token: string;
}

async function invite(email: string): Promise<Link> {
  const { data } = await api.graphql<{ inviteMember: { link: Link } }>(
    owner,
    `mutation ($email: String!) { inviteMember(input: { email: $email, name: "Asha", role: STAFF }) {
       link { id token } } }`,
    { email },
  );
  return data.inviteMember.link;
}

async function resetPasswordOf(memberId: number): Promise<string> {
  const { data } = await api.graphql<{ resetMemberPassword: { link: Link } }>(
    owner,
    `mutation ($id: Int!) { resetMemberPassword(input: { memberId: $id }) { link { id token } } }`,
    { id: memberId },
  );
  return data.resetMemberPassword.link.token;
}

/** As time does it. */
const expire = () =>
  api.database.pool.query(
    `update app_public.invitations set expires_at = now() where accepted_at is null`,
  );

const membersOf = async (token: string) => {
  const { data } = await api.graphql<{ members: { nodes: { email: string }[] } }>(
    token,
    '{ members { nodes { email } } }',
  );
  return data.members.nodes.map(({ email }) => email);
};

describe('a link that is too old', () => {
  test('shows nothing and makes nobody a member; the answer is that of a link that never was', async () => {
    const { token } = await invite('late@example.in');
    expect((await postAuth(api, 'invitation', { token })).status).toBe(200);
    await expire();
    const never = 'f'.repeat(token.length);
    for (const path of ['invitation', 'accept-invitation']) {
      const answer = await postAuth(api, path, { token, password });
      expect(answer).toMatchObject({
        status: 404,
        body: { error: { code: 'NOT_FOUND', field: 'token' } },
      });
      expect(await postAuth(api, path, { token: never, password })).toEqual(answer);
    }
    expect(await membersOf(owner)).not.toContain('late@example.in');
    const login = await postAuth(api, 'login', { email: 'late@example.in', password });
    expect(login.status).toBe(401);
  });

  test('is replaced by a new one, which works', async () => {
    const old = await invite('again@example.in');
    await expire();
    const fresh = await invite('again@example.in');
    expect((await postAuth(api, 'accept-invitation', { ...old, password })).status).toBe(404);
    expect((await postAuth(api, 'accept-invitation', { ...fresh, password })).status).toBe(200);
    expect(await membersOf(owner)).toContain('again@example.in');
  });

  test('leaves the old password, and whoever is signed in by it, alone', async () => {
    await setPassword(api, api.ours.id, api.ours.staff, password);
    const mine = { email: `staff@merchant-${api.ours.id}.example`, password };
    const { accessToken } = (await postAuth(api, 'login', mine)).body;
    const token = await resetPasswordOf(api.ours.staff);
    await expire();
    const next = 'another horse battery';
    const late = await postAuth(api, 'accept-invitation', { token, password: next });
    expect(late.status).toBe(404);
    expect((await postAuth(api, 'login', { ...mine, password: next })).status).toBe(401);
    expect((await postAuth(api, 'login', mine)).status).toBe(200);
    expect(await membersOf(accessToken)).toContain(mine.email);
  });
});

describe("another merchant's invitation", () => {
  const revoke = (token: string, id: string) =>
    api.graphql(
      token,
      `mutation ($id: UUID!) { revokeInvitation(input: { invitationId: $id }) { invitation { id } } }`,
      { id },
    );

  test('cannot be seen or taken back, and stays open', async () => {
    const link = await invite('guarded@example.in');
    const list = '{ invitations { nodes { id } } }';
    type Listed = { invitations: { nodes: { id: string }[] } };
    const seen = async (token: string) =>
      (await api.graphql<Listed>(token, list)).data.invitations.nodes.map(({ id }) => id);
    expect(await seen(owner)).toContain(link.id);
    expect(await seen(stranger)).toEqual([]);
    expect(codeOf(await revoke(stranger, link.id))).toBe('NOT_FOUND');
    expect((await postAuth(api, 'invitation', { ...link })).status).toBe(200);
    expect(codeOf(await revoke(owner, link.id))).toBeUndefined();
    expect((await postAuth(api, 'invitation', { ...link })).status).toBe(404);
  });

  test('makes a member of the merchant who invited, whoever is signed in meanwhile', async () => {
    // Who is a member of the other merchant already, under the same address, and signed in there.
    const email = `manager@merchant-${api.theirs.id}.example`;
    await setPassword(api, api.theirs.id, api.theirs.manager, 'a password over there');
    const { token } = await invite(email);
    const before = await membersOf(stranger);
    const accepted = await postAuth(
      api,
      'accept-invitation',
      { token, password },
      { token: await api.tokenOf(api.theirs, 'manager') },
    );
    expect(accepted).toMatchObject({
      status: 200,
      body: { merchant: { id: api.ours.id }, member: { role: 'staff' } },
    });
    expect(await membersOf(accepted.body.accessToken)).toContain(
      `owner@merchant-${api.ours.id}.example`,
    );
    expect(await membersOf(stranger)).toEqual(before);
    const login = (withPassword: string) =>
      postAuth(api, 'login', { email, password: withPassword });
    expect((await login(password)).body.merchant?.id).toBe(api.ours.id);
    expect((await login('a password over there')).body.merchant?.id).toBe(api.theirs.id);
  });

  test("cannot be made for another merchant's member", async () => {
    const answer = await api.graphql(
      stranger,
      `mutation ($id: Int!) { resetMemberPassword(input: { memberId: $id }) { link { token } } }`,
      { id: api.ours.staff },
    );
    expect(codeOf(answer)).toBe('NOT_FOUND');
  });
});
