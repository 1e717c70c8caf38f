import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';

import { postAuth, setPassword, type AuthAnswer } from '../testing/auth-client.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
const password = 'correct horse battery';

beforeAll(async () => {
  // A proxy in front, so that a test can come from many addresses.
  api = await startTestApi({ TRUST_PROXY: '1' });
  await setPassword(api, api.ours.id, api.ours.owner, password);
});
afterAll(() => api.close());
beforeEach(() => api.database.pool.query('delete from app_private.rate_buckets'));

const owner = () => `owner@merchant-${api.ours.id}.example`;
const login = (address: string, body: object): Promise<AuthAnswer> =>
  postAuth(api, 'login', { email: owner(), password, ...body }, { address });
const wrong = (address: string, body: object = {}) =>
  login(address, { password: 'wrong', ...body });

const attacker = '198.51.100.66';
const elsewhere = '203.0.113.9';

/** As if so much time had passed for all buckets. */
const pass = (time: string) =>
  api.database.pool.query('update app_private.rate_buckets set full_at = full_at - $1::interval', [
    time,
  ]);

async function tally(answers: Promise<AuthAnswer>[]): Promise<Record<number, number>> {
  const counts: Record<number, number> = {};
  for (const { status } of await Promise.all(answers)) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

describe('a thousand wrong attempts from elsewhere', () => {
  test('are checked five times, and keep the owner out neither on a known nor on a fresh device', async () => {
    const { deviceToken } = (await login(elsewhere, {})).body;
    expect(deviceToken).toMatch(/^[\w-]{43}$/);
    const attempts = Array.from({ length: 1000 }, () => () => wrong(attacker));
    const counts: Record<number, number> = {};
    while (attempts.length > 0) {
      const some = await tally(attempts.splice(0, 50).map((attempt) => attempt()));
      for (const [status, n] of Object.entries(some)) {
        counts[Number(status)] = (counts[Number(status)] ?? 0) + n;
      }
    }
    expect(counts).toEqual({ 401: 5, 429: 995 });
    // The right password does not help the attacker's address, for as long as it must wait.
    expect((await login(attacker, {})).status).toBe(429);
    // On a known device at once, from the attacker's own address too: a café's, say.
    expect((await login(elsewhere, { deviceToken })).status).toBe(200);
    expect((await login(attacker, { deviceToken })).status).toBe(200);
    // On a device that was never seen, from another address at once, from this one after the wait.
    expect((await login('203.0.113.10', {})).status).toBe(200);
    await pass('31 seconds');
    expect((await login(attacker, {})).status).toBe(200);
  });

  test('from as many addresses leave each a single try, which is enough for who knows the password', async () => {
    const address = (i: number) => `10.1.${i >> 8}.${i & 255}`;
    // The pressure of a hundred failures, as a botnet makes it, without their hundred hashes.
    await wrong('10.0.0.1');
    await api.database.pool.query(
      `update app_private.rate_buckets set full_at = now() + interval '3000 seconds'
       where kind = 'loginPressure'`,
    );
    const counts = await tally(Array.from({ length: 20 }, (_, i) => wrong(address(i))));
    expect(counts).toEqual({ 401: 20 });
    expect(await tally(Array.from({ length: 20 }, (_, i) => wrong(address(i))))).toEqual({
      429: 20,
    });
    const again = await wrong(address(0));
    expect(again.body.error?.retryAfter).toBeGreaterThan(120);
    expect((await login('203.0.113.77', {})).status).toBe(200);
  });

  test('on a known device empty its own bucket only', async () => {
    const { deviceToken = '' } = (await login(elsewhere, {})).body;
    const counts = await tally(Array.from({ length: 15 }, () => wrong(elsewhere, { deviceToken })));
    expect(counts).toEqual({ 401: 10, 429: 5 });
    expect((await login(elsewhere, { deviceToken })).status).toBe(429);
    expect((await login(elsewhere, {})).status).toBe(200);
  });

  test('with a made-up device are strangers like all', async () => {
    const counts = await tally(
      Array.from({ length: 12 }, (_, i) => wrong(attacker, { deviceToken: `made-up-${i}` })),
    );
    expect(counts).toEqual({ 401: 5, 429: 7 });
  });
});

describe('429', () => {
  test('says when to come back, in header and body, and is a listed code', async () => {
    await tally(Array.from({ length: 5 }, () => wrong(attacker)));
    const { status, retryAfter, body } = await wrong(attacker);
    expect(status).toBe(429);
    expect(Number(retryAfter)).toBeGreaterThan(25);
    expect(Number(retryAfter)).toBeLessThanOrEqual(30);
    expect(body.error).toMatchObject({ code: 'RATE_LIMITED', retryAfter: Number(retryAfter) });
  });

  test('comes for an address that tries many accounts', async () => {
    const tries = Array.from({ length: 60 }, (_, i) => wrong(attacker, { email: `a${i}@b.in` }));
    expect(await tally(tries)).toEqual({ 401: 50, 429: 10 });
  });
});

describe('who asks learns nothing about who exists', () => {
  test('an unknown e-mail is answered as a known one, at every step', async () => {
    const story = async (email: string, address: string) => {
      const told: unknown[] = [];
      for (let i = 0; i < 7; i += 1) {
        const { status, body } = await wrong(address, { email });
        told.push({ status, code: body.error?.code, keys: Object.keys(body.error ?? {}) });
      }
      return told;
    };
    const [known, unknown] = [
      await story(owner(), '198.51.100.1'),
      await story('nobody@example.in', '198.51.100.2'),
    ];
    expect(unknown).toEqual(known);
    expect(known).toHaveLength(7);
  });

  test('and no sooner: no refusal before its floor, whether one hash was compared or three', async () => {
    await api.database.pool.query(`update app_public.members set email = 'many@example.in'
      where id in (${api.ours.staff}, ${api.theirs.staff})`);
    await setPassword(api, api.ours.id, api.ours.staff, password);
    await setPassword(api, api.theirs.id, api.theirs.staff, password);
    for (const email of [owner(), 'many@example.in', 'nobody@example.in']) {
      const startedAt = performance.now();
      expect((await wrong('198.51.100.3', { email })).status).toBe(401);
      expect(performance.now() - startedAt).toBeGreaterThanOrEqual(299);
    }
  });
});

describe('honest people', () => {
  test('fifty who sign in at once from one office all get in, and again', async () => {
    await api.database.pool.query(
      `with office as (
         insert into app_public.members (merchant_id, email, name, role)
         select $1, 'member' || i || '@office.in', 'Member', 'staff' from generate_series(1, 50) i
         returning merchant_id, id
       )
       insert into app_private.member_passwords (merchant_id, member_id, password_hash)
       select o.merchant_id, o.id, p.password_hash
       from office o, app_private.member_passwords p where p.member_id = $2`,
      [api.ours.id, api.ours.owner],
    );
    const everybody = () =>
      Array.from({ length: 50 }, (_, i) => login(elsewhere, { email: `member${i + 1}@office.in` }));
    const first = await Promise.all(everybody());
    expect(await tally(first.map(async (answer) => answer))).toEqual({ 200: 50 });
    expect(new Set(first.map(({ body }) => body.sessionId)).size).toBe(50);
    expect(await tally(everybody())).toEqual({ 200: 50 });
  });

  test('who sign in often with the right password are never slowed down', async () => {
    for (let i = 0; i < 15; i += 1) expect((await login(elsewhere, {})).status).toBe(200);
  });
});
