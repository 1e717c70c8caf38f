import type pg from 'pg';

import { withClient } from './connection.ts';
import { grantWorker, installWorker } from './migrate.ts';
import { fixtureFiles, type FixtureFile } from './migration-files.ts';
import { ownerRole, setUpRoles } from './roles.ts';
import { describeSqlError } from './sql-error.ts';

export interface BuildOptions {
  adminUrl: string;
  folder: string;
}

/** Builds an empty database from fixtures/schema.sql, file by file, in one transaction. */
export async function buildFromFixtures({ adminUrl, folder }: BuildOptions): Promise<void> {
  await withClient(adminUrl, async (client) => {
    await setUpRoles(client, folder, undefined);
    await client.query(`set role ${ownerRole}`);
    await installWorker(adminUrl, client);
    await runFiles(client, await fixtureFiles(folder));
    await grantWorker(client);
  });
}

/** Files that say how things behave may run any number of times; those in tables/ only once. */
export async function rerunBehaviour({ adminUrl, folder }: BuildOptions): Promise<string[]> {
  const files = (await fixtureFiles(folder)).filter(({ path }) => !isShape(path));
  await withClient(adminUrl, async (client) => {
    await client.query(`set role ${ownerRole}`);
    await runFiles(client, files);
    await grantWorker(client);
  });
  return files.map(({ path }) => path);
}

function isShape(path: string): boolean {
  return path.split('/').includes('tables');
}

async function runFiles(client: pg.Client, files: readonly FixtureFile[]): Promise<void> {
  await client.query('begin');
  for (const { path, sql } of files) {
    await client.query(sql).catch((error: unknown) => {
      throw describeSqlError(error, sql, `fixtures/${path}`);
    });
  }
  await client.query('commit');
}
