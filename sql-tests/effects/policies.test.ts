/** The policies of effects beside those of the calls that they make; see carriers/registry.test.ts. */
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { carriers } from '../../carriers/registry.ts';
import { policies as whatsapp } from '../../channels/whatsapp/policies.ts';
import type { Policies } from '../../outbound/policy.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { rows } from '../support/query.ts';

interface Kind {
  kind: string;
  task: string;
  service: string | null;
  after_unknown: string;
  settle_ms: number;
}

let database: TestDatabase;
let kinds: Kind[];

beforeAll(async () => {
  database = await createTestDatabase();
  kinds = await rows<Kind>(
    database.pool,
    `select kind, task, service, after_unknown, settle_seconds * 1000 as settle_ms
     from app_public.effect_kinds`,
  );
});
afterAll(() => database.drop());

/** How long a call that may have an effect can still be under way. */
function longest(all: readonly Policies[]): number {
  const effects = all.flatMap((policies) =>
    Object.values(policies).filter(({ does }) => does === 'effect'),
  );
  return Math.max(...effects.map(({ timeoutMs }) => timeoutMs));
}

test('every carrier of the database has a connector, and the other way round', async () => {
  const found = await rows<{ carrier: string }>(
    database.pool,
    'select carrier from app_public.carriers order by 1',
  );
  expect(found.map(({ carrier }) => carrier)).toEqual(Object.keys(carriers).sort());
});

test('every effect kind has its task', () => {
  expect(kinds.length).toBeGreaterThan(8);
  for (const { task } of kinds) {
    expect(existsSync(new URL(`../../worker-tasks/${task}.ts`, import.meta.url))).toBe(true);
  }
});

test('every effect that work causes is of a known kind', async () => {
  const unknown = await rows(
    database.pool,
    `select t.effect_kind from app_public.transition_tasks t
     where not exists (select from app_public.effect_kinds k where k.kind = t.effect_kind)`,
  );
  expect(unknown).toEqual([]);
});

test('what cannot be looked up is never repeated by itself', () => {
  const asks = kinds.filter(({ service }) => service === 'whatsapp');
  expect(asks.length).toBeGreaterThan(0);
  expect(asks.every(({ after_unknown: after }) => after === 'ask')).toBe(true);
  expect(whatsapp.send_template.afterUnknown).toBe('ask');
});

test('a look-up that finds nothing proves nothing while the call may still be under way', () => {
  const called = Object.values(carriers).map(({ policies }) => policies);
  for (const { kind, after_unknown: after, settle_ms: settleMs } of kinds) {
    const most = after === 'ask' ? longest([whatsapp]) : longest(called);
    if (after !== 'repeat') expect([kind, settleMs >= most]).toEqual([kind, true]);
  }
});
