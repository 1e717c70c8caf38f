import { describe, expect, test } from '@jest/globals';
import { account, answerOf, booking } from './samples.ts';
import * as calls from './calls.ts';
import type { ServiceCall } from '../connector.ts';
import type { ShiprocketAccount } from './account.ts';
import { policies } from './policies.ts';
import { parseLogin } from './login.ts';

const question = {
  fromPincode: '682001',
  toPincode: '110001',
  weightGrams: 450,
  cod: true,
  declaredMinor: 79900,
};

/** Every call that there is, once. */
const all: ServiceCall<ShiprocketAccount, unknown>[] = [
  calls.serviceability(question),
  calls.createOrder(booking, 1),
  calls.findOrder('SHOP1-10021'),
  calls.showOrder(16161616),
  calls.assignAwb(15151515, 24),
  calls.requestPickup(15151515, '2026-01-07'),
  calls.generateLabel(15151515),
  calls.generateManifest([15151515]),
  calls.printManifest([16161616]),
  calls.download('https://files.example/label.pdf'),
  calls.trackShipments(['321055706540']),
  calls.cancelOrder(16161616),
  calls.cancelAwb('321055706540'),
  calls.listNdr(1),
  calls.actOnNdr('321055706540', { kind: 'return' }, 'no'),
  calls.walletBalance(),
];

test('every call is made under a policy, and every policy is of a call', () => {
  const made = Object.values(calls).length;
  expect(all).toHaveLength(made);
  expect([...all.map(({ operation }) => operation), 'login'].toSorted()).toEqual(
    Object.keys(policies).toSorted(),
  );
  for (const { policy } of all) expect(policy.timeoutMs).toBeGreaterThanOrEqual(10_000);
});

test('the token goes into the header and nowhere else, and not to the storage', () => {
  for (const { operation, build } of all) {
    const { url, body, headers } = build(account);
    expect(url + (body ?? '')).not.toContain(account.token);
    expect(headers['authorization']).toBe(operation === 'download' ? undefined : 'Bearer a-token');
  }
});

const guarded = all.filter(({ operation }) => operation !== 'download');

describe.each(guarded.map((call) => [call.operation, call] as const))('%s', (_name, call) => {
  const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
    call.parse(account, answerOf(status, body, headers));

  test('a token that has ended is renewed, a fresh one that is refused is not', () => {
    const refused = answerOf(401, { message: 'Token has expired', status_code: 401 });
    expect(call.parse(account, refused)).toMatchObject({
      kind: 'transient',
      code: 'token-refused',
    });
    expect(call.parse({ ...account, tokenIsFresh: true }, refused)).toMatchObject({
      kind: 'account',
      code: 'authentication',
    });
  });

  test('429 and the firewall have a pause, a forbidden call is about the account', () => {
    expect(answer(429, '', { 'retry-after': '8' })).toMatchObject({ retryAfterMs: 8000 });
    expect(answer(429, { message: 'Too Many Attempts.' })).toMatchObject({
      kind: 'transient',
      retryAfterMs: 30_000,
    });
    expect(answer(403, '<html></html>')).toMatchObject({ kind: 'transient', code: 'firewall' });
    expect(answer(403, { message: 'no' })).toMatchObject({ kind: 'account', code: 'forbidden' });
  });

  test.each([500, 502, 503, 504])('HTTP %i', (status) => {
    const kind = call.policy.does === 'effect' ? 'unknown' : 'transient';
    expect(answer(status, { message: 'Internal server error.' })).toMatchObject({ kind });
    expect(answer(status, '<h1>oops</h1>')).toMatchObject({ kind });
  });

  test.each(['<html>', '{"a":', 'null', '42', '{"status":', '\u0000', '[[]]', '"hello"'])(
    'a body of %p is not success',
    (body) => {
      const outcome = answer(200, body);
      // A cancellation says nothing but 200; a bare text is its message.
      if (/^cancel/.test(call.operation) && outcome.kind === 'done') return;
      expect(outcome.kind).toBe(call.policy.does === 'effect' ? 'unknown' : 'drift');
    },
  );
});

describe('signing in', () => {
  const now = new Date('2026-01-06T00:00:00Z');
  const parse = (status: number, body: unknown) => parseLogin(answerOf(status, body), now);

  test('the token says itself when it ends; else ten days are counted', () => {
    const payload = Buffer.from('{"exp":1768608000}').toString('base64url');
    expect(parse(200, { token: `x.${payload}.y` })).toMatchObject({
      value: { expiresAt: '2026-01-17T00:00:00.000Z' },
    });
    expect(parse(200, { token: 'opaque' })).toMatchObject({
      value: { expiresAt: '2026-01-16T00:00:00.000Z' },
    });
  });

  test.each([
    [400, 'Invalid email and password combination', 'account', 'credentials'],
    [400, '"Invalid email and password combination"', 'account', 'credentials'],
    [400, { message: 'Invalid email and password combination' }, 'account', 'credentials'],
    [403, '<html>403</html>', 'transient', 'firewall'],
    [500, '', 'transient', 'http-500'],
    [200, { ok: true }, 'drift', 'unreadable-body'],
  ])('%i %p', (status, body, kind, code) => {
    expect(parse(status, body)).toMatchObject({ kind, code });
  });
});

describe('the file behind a link', () => {
  const parse = (status: number, body: string) =>
    calls.download('https://x.in/a.pdf').parse(account, answerOf(status, body));

  test('is a PDF, or the link has ended, or it is something else', () => {
    expect(parse(200, '%PDF-1.4').kind).toBe('done');
    expect(parse(403, '<Error>')).toMatchObject({
      kind: 'transient',
      code: 'document-link-expired',
    });
    expect(parse(200, '<html>')).toMatchObject({ kind: 'drift', code: 'document-no-pdf' });
  });

  test.each(['http://elsewhere.example/a.pdf', 'file:///etc/passwd', 'nonsense'])(
    'a link to %p is not followed',
    (label_url) => {
      const outcome = calls
        .generateLabel(1)
        .parse(account, answerOf(200, { label_created: 1, label_url }));
      expect(outcome).toMatchObject({ kind: 'drift', code: 'document-link' });
    },
  );
});
