import { expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFile(join(root, path), 'utf8');

/** The rows of the page's tables, cell by cell. */
async function documented(): Promise<string[][]> {
  const page = await read('docs/error-codes.md');
  return page
    .split('\n')
    .filter((line) => /^\| [A-Z]/.test(line) && !/^\| (SQLSTATE|HTTP) /.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** The SQLSTATEs that the fixtures raise. */
async function raised(): Promise<Set<string>> {
  const codes = new Set<string>();
  for await (const path of glob('migrations/fixtures/**/*.sql', { cwd: root })) {
    for (const [, code = ''] of (await read(path)).matchAll(/refuse\(\s*'(WB\d+)'/g)) {
      codes.add(code);
    }
  }
  return codes;
}

const bySqlState = async () => (await documented()).filter(([state]) => /^WB/.test(state ?? ''));

test('every SQLSTATE is documented once, with its code, when and facts', async () => {
  const states = (await bySqlState()).map(([state]) => state);
  expect(new Set(states).size).toBe(states.length);
  for (const cells of await documented()) expect(cells.every((cell) => cell !== '')).toBe(true);
});

test('the fixtures raise exactly what is documented and not reserved', async () => {
  const inUse = (await bySqlState()).filter((cells) => !cells[2]?.includes('Reserved'));
  expect([...(await raised())].sort()).toEqual(inUse.map(([state]) => state));
});

test('no fixture raises an error past app_hidden.refuse()', async () => {
  for await (const path of glob('migrations/fixtures/**/*.sql', { cwd: root })) {
    if (path.endsWith('refuse.sql')) continue;
    expect(await read(path)).not.toMatch(/raise\s+(exception|sqlstate)|errcode\s*=/i);
  }
});

const serverCodes = 'server/errors/codes.ts';
const testWithServer = existsSync(join(root, serverCodes)) ? test : test.skip;

testWithServer('the server knows the same pairs of SQLSTATE and code', async () => {
  const source = await read(serverCodes);
  const found = [...source.matchAll(/(WB\d+): '([A-Z_]+)'/g)];
  const pairs = found.map(([, state, code]) => [state, code]);
  expect(pairs).toEqual((await bySqlState()).map(([state, code]) => [state, code]));
});

/** The pairs of status and code that a file answers with by respondError(). */
async function answered(): Promise<Set<string>> {
  const pairs = new Set<string>();
  for await (const path of glob('server/**/*.ts', { cwd: root })) {
    if (path.endsWith('.test.ts')) continue;
    const call = /respondError\(\s*response,\s*(\d{3}),\s*'([A-Z_]+)'/g;
    for (const [, status = '', code = ''] of (await read(path)).matchAll(call)) {
      pairs.add(`${status} ${code}`);
    }
  }
  return pairs;
}

testWithServer('every code outside GraphQL has the HTTP status that is documented', async () => {
  const page = await read('docs/error-codes.md');
  const rows = [...page.matchAll(/^\| ([\d, ]+) \| ([A-Z_]+) \|$/gm)];
  // Written by the one handler of unexpected errors, which passes a status on.
  const found = new Set([...(await answered()), '400 INVALID_INPUT', '413 INVALID_INPUT']);
  const listed = rows.flatMap(([, statuses = '', code]) =>
    statuses.split(', ').map((status) => `${status} ${code}`),
  );
  expect(listed.sort()).toEqual([...found].sort());
});

testWithServer('the codes of the server itself are documented', async () => {
  const source = await read(serverCodes);
  const union = /type ServerCode =((?:\s*\|?\s*'[A-Z_]+')+)/.exec(source)?.[1] ?? '';
  const own = [...union.matchAll(/'([A-Z_]+)'/g)].map(([, code]) => code);
  const others = (await documented()).filter(([state]) => !/^WB/.test(state ?? ''));
  expect([...own, 'INTERNAL'].sort()).toEqual(others.map(([code]) => code).sort());
});
