/**
 * The codes under which work may wait for a human: those that connectors, tasks and fixtures name in
 * their source, and the families of codes that others define. A code that only says that something was
 * not understood is none of them: it would be a fault of ours that nobody has looked at.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folders = [
  'carriers',
  'channels',
  'outbound',
  'worker',
  'worker-tasks',
  'migrations/fixtures',
];

const families = [
  /^http-\d{3}$/,
  /^HTTP_\d{3}$/,
  // The operating system's and undici's words for a connection that failed.
  /^(?:ECONNRESET|ECONNREFUSED|EPIPE|TIMEOUT|UND_ERR_[A-Z_]+)$/,
  // Meta's numbers.
  /^\d{1,6}$/,
  // Field and refusal of an address that validation could not mend.
  /^SHIP_TO_[A-Z_]+$/,
];

const unnamed = new Set(['TASK_FAILED', 'unclassified', 'refused-otherwise', 'UNEXPECTED_ANSWER']);

export async function namedReasons(): Promise<(code: string) => boolean> {
  const named = new Set<string>();
  for (const folder of folders) {
    for (const name of await readdir(join(root, folder), { recursive: true })) {
      if (!/\.(?:ts|sql)$/.test(name) || /(?:\.test|samples)\.ts$/.test(name)) continue;
      const source = await readFile(join(root, folder, name), 'utf8');
      for (const [, code] of source.matchAll(/["']?\bcode["']?(?::|,| :=) ?["']([\w-]+)["']/g)) {
        if (code !== undefined) named.add(code);
      }
    }
  }
  return (code) =>
    !unnamed.has(code) && (named.has(code) || families.some((family) => family.test(code)));
}
