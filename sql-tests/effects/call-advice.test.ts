import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { rows, value } from '../support/query.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const root = join(import.meta.dirname, '../..');
const places = ['carriers', 'channels', 'outbound', 'worker', 'worker-tasks'];
/** A carrier's own codes for scans and answers that went well. */
const noFailure = new Set(['000', 'ok']);

/** Every code that stands as a literal in what makes outcomes. */
async function codesInSource(): Promise<Map<string, string>> {
  const codes = new Map<string, string>();
  for (const place of places) {
    for await (const path of glob(`${place}/**/*.ts`, { cwd: root })) {
      if (/(?:\.test|samples|test-\w+)\.ts$|documents\//.test(path)) continue;
      const source = await readFile(join(root, path), 'utf8');
      for (const [, code = ''] of source.matchAll(/\bcode: '([^']+)'(?! in)/g))
        codes.set(code, path);
    }
  }
  return codes;
}

test('every code that a call can fail with has advice', async () => {
  const known = new Set(
    (await rows<{ code: string }>(database.pool, 'select code from app_public.call_advice')).map(
      ({ code }) => code,
    ),
  );
  const codes = await codesInSource();
  expect(codes.size).toBeGreaterThan(60);
  const without = [...codes].filter(([code]) => !known.has(code) && !noFailure.has(code));
  expect(without).toEqual([]);
});

test.each([
  ['http-503', 'http-*'],
  ['smtp-451', 'smtp-*'],
])('%s is advised like %s', async (code, pattern) => {
  const sql = `select app_hidden.advice_for(k, $1, false) = a.advice as value
    from app_public.effect_kinds k, app_public.call_advice a
    where k.kind = 'book_shipment' and a.code = $2`;
  expect(await value(database.pool, sql, [code, pattern])).toBe(true);
});
