import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { buildFromFixtures } from './build-from-fixtures.ts';
import { committedMigrations, composeMigration } from './migration-files.ts';
import { withScratchDatabase } from './scratch.ts';

/** The whole of the one migration, as `graphile-migrate uncommit` would give it back. */
const wholeSchema = '--!include schema.sql\n';

/** What current.sql says when nothing is in progress; .gmrc has the same words. */
const blank = '-- The change in progress: alters, and --!include lines of the files it changes.\n';

/**
 * Before 1.0 there is exactly one committed migration. This makes it anew from the fixtures, as
 * uncommit and commit would, and empties current.sql, whose changes the fixtures already hold.
 * It is built once on an empty database before anything is written.
 */
export async function commitSchema(folder: string, adminUrl: string): Promise<string> {
  const committed = await committedMigrations(folder);
  if (committed.length > 1) {
    throw new Error(
      'There is more than one committed migration, so this is 1.0 or later: committed ' +
        'migrations are never remade. Use graphile-migrate commit.',
    );
  }
  await withScratchDatabase(adminUrl, 'commit', (url) =>
    buildFromFixtures({ adminUrl: url, folder }),
  );
  const file = join(folder, 'committed', '000001.sql');
  const text = await composeMigration(folder, wholeSchema);
  await mkdir(join(folder, 'committed'), { recursive: true });
  for (const { fullPath } of committed) await rm(fullPath);
  await writeFile(file, text);
  await chmod(file, 0o444); // not edited by hand: its hash would no longer fit
  await writeFile(join(folder, 'current.sql'), blank);
  return file;
}
