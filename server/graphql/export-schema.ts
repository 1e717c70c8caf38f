/**
 * `npm run schema`: writes generated/schema.graphql from a database migrated for the purpose; with
 * `-- --check` it only says whether the file is up to date, so that a change to the API is seen in
 * review.
 */
import './quiet.ts';

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { makeSchema } from 'postgraphile';
import { lexicographicSortSchema, printSchema } from 'postgraphile/graphql';

import { createPool, loginUrl } from '../../database/connection.ts';
import { migrate } from '../../database/migrate.ts';
import { withScratchDatabase } from '../../database/scratch.ts';
import { withTestServer } from '../../database/throwaway-server.ts';
import { databaseService, schemaPreset } from './preset.ts';

/** For a database that lives for a second. */
const secret = 'the secret of a schema export, of no value elsewhere';

const file = new URL('../../generated/schema.graphql', import.meta.url);

/** Sorted, because the order of enum values is that of rows in a table. */
export async function printApi(serverUrl: string): Promise<string> {
  const onError = (error: Error) => {
    throw error;
  };
  const pool = createPool(serverUrl, { applicationName: 'waybill-schema', max: 2, onError });
  try {
    const { schema } = await makeSchema(schemaPreset(databaseService(pool)));
    return `${printSchema(lexicographicSortSchema(schema))}\n`;
  } finally {
    await pool.end();
  }
}

async function main(): Promise<void> {
  const printed = await withTestServer((adminUrl) =>
    withScratchDatabase(adminUrl, 'schema', async (url) => {
      await migrate({ adminUrl: url, secret, log: () => undefined });
      return printApi(loginUrl(url, 'waybill_server', secret));
    }),
  );
  if (process.argv.includes('--check')) {
    const kept = await readFile(file, 'utf8').catch(() => '');
    if (kept === printed) return;
    process.stderr.write('generated/schema.graphql is not up to date: run npm run schema\n');
    process.exitCode = 1;
    return;
  }
  await mkdir(new URL('.', file), { recursive: true });
  await writeFile(file, printed);
}

if (import.meta.main) await main();
