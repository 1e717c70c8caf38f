/**
 * `npm run operations`: writes generated/operations.json, the operations that the dashboard sends,
 * by their SHA-256; with `-- --check` it only says whether the file is up to date. A server that is
 * told so runs nothing else.
 */
import { glob, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { dashboardOperations, operationId } from './known-operations.ts';

const workflows = ['automated', 'shipping', 'pickup'];
const root = fileURLToPath(new URL('../../dashboard/src', import.meta.url));

/**
 * Every operation that a module of the dashboard exports, and, of functions that make one for each
 * workflow (`…QueryOf`), all three.
 */
export async function collectOperations(): Promise<string[]> {
  const texts = new Set<string>();
  for await (const path of glob('**/*.graphql.ts', { cwd: root })) {
    const module = (await import(`${root}/${path}`)) as Record<string, unknown>;
    for (const [name, exported] of Object.entries(module)) {
      for (const text of textsOf(name, exported)) texts.add(text);
    }
  }
  return [...texts].sort();
}

function textsOf(name: string, exported: unknown): string[] {
  if (isOperation(exported)) return [exported.text];
  if (typeof exported !== 'function' || !name.endsWith('QueryOf')) return [];
  const make = exported as (workflow: string) => unknown;
  return workflows
    .map(make)
    .filter(isOperation)
    .map(({ text }) => text);
}

function isOperation(value: unknown): value is { text: string } {
  return typeof value === 'object' && value !== null && 'text' in value;
}

export async function printOperations(): Promise<string> {
  const texts = await collectOperations();
  const entries = texts.map((text) => [operationId(text), text] as const);
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
}

async function main(): Promise<void> {
  const printed = await printOperations();
  if (!process.argv.includes('--check')) return writeFile(dashboardOperations, printed);
  const kept = await readFile(dashboardOperations, 'utf8').catch(() => '');
  if (kept === printed) return;
  process.stderr.write('generated/operations.json is not up to date: run npm run operations\n');
  process.exitCode = 1;
}

if (import.meta.main) await main();
