/**
 * `npm run docs:invariants [-- --check]`: writes docs/invariants.md from the catalogue of a throwaway
 * database. With `--check` it only says whether the file is up to date.
 */
import { readFile, writeFile } from 'node:fs/promises';

import { withClient } from './connection.ts';
import { renderInvariants, type Invariant } from './invariants/render.ts';
import { migrate } from './migrate.ts';
import { withScratchDatabase } from './scratch.ts';
import { withTestServer } from './throwaway-server.ts';

const file = new URL('../docs/invariants.md', import.meta.url);

async function printInvariants(adminUrl: string): Promise<string> {
  return withScratchDatabase(adminUrl, 'invariants', async (url) => {
    await migrate({ adminUrl: url, secret: undefined, includeCurrent: true, log: () => undefined });
    return withClient(url, async (client) => {
      const { rows } = await client.query<Invariant>(
        'select invariant, meaning, mend from app_private.invariants order by invariant',
      );
      return renderInvariants(rows);
    });
  });
}

const printed = await withTestServer(printInvariants);
if (process.argv.includes('--check')) {
  const kept = await readFile(file, 'utf8').catch(() => '');
  if (kept !== printed) {
    console.error('docs/invariants.md is not up to date: run npm run docs:invariants');
    process.exitCode = 1;
  }
} else {
  await writeFile(file, printed);
}
