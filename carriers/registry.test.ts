/** Nothing leaves the house without a policy: this fails when an integration, or a call of one, has none. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

import { policies as whatsapp } from '../channels/whatsapp/policies.ts';
import type { Policies } from '../outbound/policy.ts';
import { carriers } from './registry.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The policies of every service that is called, by its folder. */
const registered: Record<string, Policies> = {
  'channels/whatsapp': whatsapp,
  ...Object.fromEntries(
    Object.entries(carriers).map(([code, { policies }]) => [`carriers/${code}`, policies]),
  ),
};

/** Source files of a folder, without tests and what only tests use. */
function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.ts$/.test(name) && !/(?:\.test|samples|^test-\w+)\.ts$/.test(name))
    .map((name) => readFileSync(join(root, folder, name), 'utf8'));
}

function foldersOf(parent: string): string[] {
  return readdirSync(join(root, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${parent}/${entry.name}`);
}

/** Who builds requests makes calls; who only reads what is sent to us, or only prints, does not. */
const callers = [...foldersOf('carriers'), ...foldersOf('channels')].filter((folder) =>
  sources(folder).some((source) => source.includes('HttpRequest')),
);

/** Operations as calls name them: `operation: 'x'`, `call('x', …)`, `call(\n 'x', …)`. */
function operationsIn(source: string): string[] {
  const named = source.matchAll(/(?:\boperation: |\bcall(?:<[^(]*>)?\(\s*)'(\w+)'/g);
  return [...named].map(([, operation]) => operation ?? '');
}

test('whoever calls a service is registered with policies, and only those', () => {
  expect(callers.length).toBeGreaterThan(3);
  expect(Object.keys(registered).sort()).toEqual(callers.sort());
});

describe.each(callers)('%s', (folder) => {
  const policies = registered[folder] ?? {};
  const used = sources(folder).flatMap(operationsIn);

  test('every operation that is called has a policy', () => {
    expect(used.filter((operation) => !Object.hasOwn(policies, operation))).toEqual([]);
  });

  test('every operation that is called is called under its own policy', () => {
    for (const source of sources(folder)) {
      const pairs = source.matchAll(/operation: '(\w+)',\s*policy: policies\.(\w+)/g);
      for (const [, operation, policy] of pairs) expect(policy).toBe(operation);
      const calls = source.matchAll(/tools\.call\(\s*'(\w+)',\s*policies\.(\w+)/g);
      for (const [, operation, policy] of calls) expect(policy).toBe(operation);
    }
  });

  test('every policy has a time-out, and says what follows a lost answer', () => {
    expect(Object.keys(policies).length).toBeGreaterThan(0);
    for (const { does, timeoutMs, afterUnknown } of Object.values(policies)) {
      expect(timeoutMs).toBeGreaterThanOrEqual(1_000);
      expect(timeoutMs).toBeLessThanOrEqual(90_000);
      if (does === 'read') expect(afterUnknown).toBe('repeat');
    }
  });
});

test('the search finds calls in each of the ways in which they are written', () => {
  expect(operationsIn(`{ operation: 'a_b', policy }`)).toEqual(['a_b']);
  expect(operationsIn(`call('c', build)`)).toEqual(['c']);
  expect(operationsIn(`tools.call(\n      'd', policies.d)`)).toEqual(['d']);
});

test('there is one way out: nobody else opens connections', () => {
  const elsewhere = ['carriers', 'channels', 'worker', 'worker-tasks', 'dispatcher', 'intake'];
  for (const folder of elsewhere) {
    for (const source of sources(folder)) {
      expect(source).not.toMatch(/from '(?:undici|node:https?|node:net|node:tls)'|\bfetch\(/);
    }
  }
});

test('tasks make no call past the connectors but those that are registered', () => {
  const known = Object.values(registered).flatMap((policies) => Object.keys(policies));
  const used = [...sources('worker-tasks'), ...sources('worker')].flatMap(operationsIn);
  expect(used).toContain('send_template');
  expect(used.filter((operation) => !known.includes(operation))).toEqual([]);
});
