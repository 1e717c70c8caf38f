import { readFile, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Logger } from 'graphile-migrate';
// graphile-migrate's inner functions, not its commands: those use a pool of their own that
// lingers after they return and ends the process on a connection error. The version is pinned.
import { calculateHash } from 'graphile-migrate/dist/hash.js';
import {
  compileIncludes,
  getAllMigrations,
  parseMigrationText,
  serializeMigration,
  type FileMigration,
} from 'graphile-migrate/dist/migration.js';
import { parseSettings, type ParsedSettings } from 'graphile-migrate/dist/settings.js';

export const projectMigrations = join(import.meta.dirname, '..', 'migrations');

export async function migrationSettings(folder: string, adminUrl: string): Promise<ParsedSettings> {
  const logger = new Logger(() => () => undefined); // we say ourselves what ran
  return parseSettings({ connectionString: adminUrl, migrationsFolder: folder, logger });
}

/** For work on the files alone, which no server takes part in. */
async function fileSettings(folder: string): Promise<ParsedSettings> {
  return migrationSettings(folder, 'postgres://nobody@localhost/none');
}

export async function committedMigrations(folder: string): Promise<FileMigration[]> {
  return getAllMigrations(await fileSettings(folder));
}

/** current.sql with its includes; empty when no change is in progress. */
export async function currentSql(folder: string): Promise<string> {
  const path = join(folder, 'current.sql');
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const compiled = await compileIncludes(await fileSettings(folder), text, new Set([path]));
  const { body } = parseMigrationText(path, compiled, false);
  return isBlank(body) ? '' : body;
}

function isBlank(sql: string): boolean {
  return sql.split('\n').every((line) => /^\s*(--.*)?$/.test(line));
}

/** One committed migration, as `graphile-migrate commit` would write it. */
export async function composeMigration(folder: string, text: string): Promise<string> {
  const compiled = await compileIncludes(await fileSettings(folder), text, new Set());
  const { body } = parseMigrationText('', compiled, false);
  return serializeMigration(body, { Previous: '-', Hash: calculateHash(body, null) });
}

/** A file of migrations/fixtures: its path in there, and its SQL without the include lines. */
export interface FixtureFile {
  path: string;
  sql: string;
}

const includeLine = /^--![ \t]*include[ \t]+(.*\.sql)[ \t]*$/;

/**
 * The fixture files one by one, in the order in which schema.sql names them. Text around the
 * include lines of a manifest belongs to the manifest and comes in its place.
 */
export async function fixtureFiles(
  folder: string,
  manifest = 'schema.sql',
): Promise<FixtureFile[]> {
  const fixtures = join(folder, 'fixtures');
  const files: FixtureFile[] = [];
  let pending: string[] = [];
  const flush = () => {
    const sql = pending.join('\n');
    if (!isBlank(sql)) files.push({ path: relative(fixtures, join(fixtures, manifest)), sql });
    pending = [];
  };
  for (const line of (await readFile(join(fixtures, manifest), 'utf8')).split('\n')) {
    const included = includeLine.exec(line)?.[1];
    if (included) {
      flush();
      files.push(...(await fixtureFiles(folder, included)));
    } else {
      pending.push(line);
    }
  }
  flush();
  return files;
}

/** Fixture files that schema.sql does not lead to: they look like schema and are none. */
export async function unincludedFixtures(folder: string): Promise<string[]> {
  const fixtures = join(folder, 'fixtures');
  const reached = new Set(await manifestTree(fixtures, 'schema.sql'));
  const all = await readdir(fixtures, { recursive: true });
  return all.filter((path) => path.endsWith('.sql') && !reached.has(path)).sort();
}

async function manifestTree(fixtures: string, manifest: string): Promise<string[]> {
  const paths = [relative(fixtures, join(fixtures, manifest))];
  for (const line of (await readFile(join(fixtures, manifest), 'utf8')).split('\n')) {
    const included = includeLine.exec(line)?.[1];
    if (included) paths.push(...(await manifestTree(fixtures, included)));
  }
  return paths;
}
