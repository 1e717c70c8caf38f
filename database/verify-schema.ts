import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import { buildFromFixtures, rerunBehaviour } from './build-from-fixtures.ts';
import { withClient } from './connection.ts';
import { dumpSchema, renderDump, type DumpedObject } from './dump.ts';
import { describeDifference, lineDifference } from './dump/difference.ts';
import { migrate } from './migrate.ts';
import { unincludedFixtures } from './migration-files.ts';
import { withScratchDatabase } from './scratch.ts';

export interface VerifyOptions {
  adminUrl: string;
  folder: string;
  /** Where the dump is checked in. */
  dumpFile: string;
  write: boolean;
  log: (line: string) => void;
}

/** The dump is checked in as this version words it. */
const dumpVersion = 18;

/**
 * Proves that the fixtures are the schema: what the migrations build and what the fixtures build
 * is the same, and running the behaviour files again changes nothing. Returns what is wrong.
 */
export async function verifySchema(options: VerifyOptions): Promise<string[]> {
  const { adminUrl, folder, log } = options;
  const migrated = await withScratchDatabase(adminUrl, 'migrated', async (url) => {
    await migrate({
      adminUrl: url,
      secret: undefined,
      folder,
      includeCurrent: true,
      log: () => undefined,
    });
    return dumpOf(url);
  });
  log(`committed/ and current.sql build ${migrated.length} objects`);
  const [built, rerun] = await withScratchDatabase(adminUrl, 'fixtures', async (url) => {
    const build = { adminUrl: url, folder };
    await buildFromFixtures(build);
    const before = await dumpOf(url);
    const files = await rerunBehaviour(build);
    log(`fixtures/schema.sql builds ${before.length} objects; ran ${files.length} files again`);
    return [before, await dumpOf(url)] as const;
  });
  const forgotten = await unincludedFixtures(folder);
  const faults = [
    fault('schema.sql does not lead to these fixture files.', forgotten.join('\n')),
    fault(
      'The migrations and the fixtures build different databases. An edited fixture needs an ' +
        '--!include line in current.sql (before 1.0: npm run db:commit).',
      describeDifference(['migrations', migrated], ['fixtures', built]),
    ),
    fault(
      'Running the behaviour files a second time changed the database.',
      describeDifference(['first run', built], ['second run', rerun]),
    ),
  ].filter((text) => text !== '');
  if (faults.length > 0) return faults;
  return checkFile(options, renderDump(built));
}

function fault(heading: string, difference: string): string {
  return difference === '' ? '' : `${heading}\n\n${difference}`;
}

async function dumpOf(url: string): Promise<DumpedObject[]> {
  return withClient(url, (client) => dumpSchema(client));
}

async function checkFile(options: VerifyOptions, dump: string): Promise<string[]> {
  const { adminUrl, dumpFile, write, log } = options;
  const version = await serverVersion(adminUrl);
  if (version !== dumpVersion) {
    log(`${dumpFile} is worded by PostgreSQL ${dumpVersion}; not compared with ${version}`);
    return [];
  }
  if (write) {
    await mkdir(dirname(dumpFile), { recursive: true });
    await writeFile(dumpFile, dump);
    log(`Wrote ${dumpFile}`);
    return [];
  }
  const found = await readFile(dumpFile, 'utf8').catch(() => '');
  if (found === dump) return [];
  return [
    `${dumpFile} is out of date; npm run db:verify -- --write makes it anew.\n\n` +
      lineDifference(found, dump),
  ];
}

async function serverVersion(adminUrl: string): Promise<number> {
  return withClient(adminUrl, async (client) => {
    const { rows } = await client.query<{ version: number }>(
      `select current_setting('server_version_num')::integer / 10000 as version`,
    );
    return rows[0]?.version ?? 0;
  });
}
