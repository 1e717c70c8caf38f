import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { parseEnvironment } from '../config.ts';
import { startEmbedded, type EmbeddedServer } from './embedded.ts';

type Log = (line: string) => void;

/** The database of a checkout: PostgreSQL from npm, its data in the data folder. */
export async function startLocalServer(
  dataDir: string,
  log: Log,
  port?: number,
): Promise<EmbeddedServer> {
  return startEmbedded({ dataDir: join(dataDir, 'postgres'), database: 'waybill', port, log });
}

/** The secret of a checkout that was given none: made once, kept in the data folder. */
export async function readLocalSecret(dataDir: string): Promise<string> {
  const file = join(dataDir, 'secret');
  await mkdir(dataDir, { recursive: true });
  try {
    await writeFile(file, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return (await readFile(file, 'utf8')).trim();
}

/** What a database command needs to begin. */
export interface CommandTarget {
  adminUrl: string;
  secret: string;
}

/** Runs a command on the configured server, or on the checkout's own. */
export async function withConfiguredServer<T>(
  log: Log,
  use: (target: CommandTarget) => Promise<T>,
): Promise<T> {
  const settings = parseEnvironment(process.env);
  const dataDir = settings.WAYBILL_DATA_DIR;
  const secret = settings.WAYBILL_SECRET ?? (await readLocalSecret(dataDir));
  // Migrations hold locks of the session, which a pooler in front of the server would lose.
  const adminUrl = settings.DATABASE_DIRECT_URL ?? settings.DATABASE_URL;
  if (adminUrl) return use({ adminUrl, secret });
  const server = await startLocalServer(dataDir, log);
  try {
    return await use({ adminUrl: server.url, secret });
  } finally {
    await server.stop();
  }
}
