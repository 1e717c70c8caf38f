import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { identity, type Account } from './account.ts';
import { majorVersion, type Binaries } from './binaries.ts';

/** Where everything of one server lies, all inside one folder. */
export interface ClusterFiles {
  home: string;
  data: string;
  password: string;
  state: string;
  serverLog: string;
}

export function clusterFiles(home: string): ClusterFiles {
  return {
    home,
    data: join(home, 'data'),
    password: join(home, 'password'),
    state: join(home, 'server.json'),
    serverLog: join(home, 'server.log'),
  };
}

/** The name of the superuser of every embedded server. */
export const superuser = 'postgres';

/** Gives the folder that holds the server to the account; nobody else reads it. */
export async function prepareHome(files: ClusterFiles, account: Account): Promise<void> {
  try {
    await chmod(files.home, 0o700);
  } catch (cause) {
    throw new Error(
      `${files.home} belongs to another user, who seems to have started Waybill before. ` +
        'Start it as that user, or remove the folder to start with an empty database.',
      { cause },
    );
  }
  if (account.uid !== undefined && account.gid !== undefined) {
    await chown(files.home, account.uid, account.gid);
  }
}

/** The password of the superuser, made once: 192 random bits, mode 0600. */
export async function readOrMakePassword(files: ClusterFiles, account: Account): Promise<string> {
  if (!existsSync(files.password)) {
    if (existsSync(files.data)) {
      throw new Error(
        `The database in ${files.home} has lost its password file (${files.password}). ` +
          'Put it back, or remove the folder to start afresh.',
      );
    }
    await writeFile(files.password, randomBytes(24).toString('base64url'), { mode: 0o600 });
    if (account.uid !== undefined && account.gid !== undefined) {
      await chown(files.password, account.uid, account.gid); // initdb reads it as that user
    }
  }
  return (await readFile(files.password, 'utf8')).trim();
}

/**
 * Creates the data directory unless it is there. initdb works in a folder of another name, so
 * that a kill in the middle never leaves half a data directory behind.
 */
export async function ensureCluster(
  files: ClusterFiles,
  binaries: Binaries,
  account: Account,
  fsync: boolean,
): Promise<void> {
  if (existsSync(files.data)) return assertUsable(files, binaries);
  const unfinished = `${files.data}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  try {
    await promisify(execFile)(binaries.initdb, initdbArguments(unfinished, files, fsync), {
      ...identity(account),
      cwd: '/',
      env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
    });
  } catch (cause) {
    throw new Error(`initdb could not create the database in ${files.data}`, { cause });
  }
  await rename(unfinished, files.data);
}

function initdbArguments(data: string, files: ClusterFiles, fsync: boolean): string[] {
  return [
    `--pgdata=${data}`,
    `--username=${superuser}`,
    `--pwfile=${files.password}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    // C.UTF-8 of the builtin provider sorts by code point and knows the case of every letter,
    // the same on every machine, whatever its libc.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...(fsync ? [] : ['--no-sync']),
  ];
}

async function assertUsable(files: ClusterFiles, binaries: Binaries): Promise<void> {
  const version = await readFile(join(files.data, 'PG_VERSION'), 'utf8').catch(() => null);
  if (version === null || !existsSync(join(files.data, 'global', 'pg_control'))) {
    throw new Error(
      `The data directory ${files.data} is broken: it has no ` +
        `${version === null ? 'PG_VERSION' : 'global/pg_control'}. Restore it from a backup, or ` +
        `remove ${files.home} to start with an empty database.`,
    );
  }
  const ours = await majorVersion(binaries.postgres);
  if (version.trim() !== ours) {
    throw new Error(
      `The data directory ${files.data} belongs to PostgreSQL ${version.trim()}, and this is ` +
        `PostgreSQL ${ours}. Dump it with the old version and restore it, or remove ` +
        `${files.home} to start with an empty database.`,
    );
  }
}
