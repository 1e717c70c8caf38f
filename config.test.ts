import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';

import { ConfigError, loadConfig } from './config.ts';
import { RateLimit, rateLimitDefaults } from './rate-limits.ts';

const base = {
  NODE_ENV: 'test',
  WAYBILL_SECRET: 'x'.repeat(32),
  DATABASE_URL: 'postgres://a@db/waybill',
};
const load = (settings: Record<string, string> = {}) => loadConfig({ ...base, ...settings });

describe('TRUST_PROXY', () => {
  test('is off unless it is set', () => {
    expect(load().trustProxy).toBeUndefined();
    expect(load({ TRUST_PROXY: '' }).trustProxy).toBeUndefined();
  });

  test.each([
    ['1', 1],
    ['loopback', ['loopback']],
    ['10.0.0.0/8, fd00::/8', ['10.0.0.0/8', 'fd00::/8']],
  ])('%s', (text, parsed) => {
    expect(load({ TRUST_PROXY: text }).trustProxy).toEqual(parsed);
  });

  test.each(['true', 'all', '10.0.0.0/8/8', 'proxy.internal'])('refuses %s', (text) => {
    expect(() => load({ TRUST_PROXY: text })).toThrow(/TRUST_PROXY/);
  });
});

describe('a rate limit', () => {
  test('is a burst and a pace, off, or what it is by default', () => {
    expect(load().rateLimits.loginAccount).toEqual({ burst: 5, everyMs: 30_000 });
    const set = load({
      RATE_LIMIT_LOGIN_ACCOUNT: '3 2m',
      RATE_LIMIT_WEBHOOK_ACCOUNT: '9000 5ms',
      RATE_LIMIT_WEBHOOK_FORGERY: 'off',
    }).rateLimits;
    expect(set.loginAccount).toEqual({ burst: 3, everyMs: 120_000 });
    expect(set.webhookAccount).toEqual({ burst: 9_000, everyMs: 5 });
    expect(set.webhookForgery).toBeNull();
  });

  test.each(['5', '0 1s', '5 0s', '5 x', '-5 1s', '999999 99999h', 'none'])(
    'refuses %s',
    (text) => {
      expect(() => load({ RATE_LIMIT_LOGIN_ACCOUNT: text })).toThrow(ConfigError);
    },
  );
});

test('previous secrets are a list, each as long as a secret must be', () => {
  expect(load().previousSecrets).toEqual([]);
  const [a, b] = ['a'.repeat(32), 'b'.repeat(40)];
  expect(load({ WAYBILL_PREVIOUS_SECRETS: `${a}, ${b}` }).previousSecrets).toEqual([a, b]);
  expect(() => load({ WAYBILL_PREVIOUS_SECRETS: `${a},short` })).toThrow(/PREVIOUS_SECRETS/);
});

test('docs/security.md lists every rate limit with its default', () => {
  const page = readFileSync(new URL('./docs/security.md', import.meta.url), 'utf8');
  const listed = [...page.matchAll(/^\| `RATE_LIMIT_(\w+)` \| `([^`]+)`/gm)].map(
    ([, name = '', limit]) => [camelCase(name), RateLimit.parse(limit)],
  );
  expect(Object.fromEntries(listed)).toEqual(rateLimitDefaults);
});

function camelCase(name: string): string {
  return name.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
