import { mkdir, realpath } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { databaseUrl, withClient } from './connection.ts';
import { assertReachable, findAccount } from './embedded/account.ts';
import { findBinaries } from './embedded/binaries.ts';
import {
  clusterFiles,
  ensureCluster,
  prepareHome,
  readOrMakePassword,
  superuser,
  type ClusterFiles,
} from './embedded/cluster.ts';
import { freePort, isFree } from './embedded/port.ts';
import { startPostmaster, tryConnect, type Postmaster } from './embedded/postmaster.ts';
import {
  findPostmaster,
  isAlive,
  readState,
  stopProcess,
  writeState,
  type ServerState,
} from './embedded/running.ts';

export interface EmbeddedOptions {
  /** The folder that holds all of it: data, password, port, log. */
  dataDir: string;
  /** A fixed port. Without it a free one is chosen, and kept while it stays free. */
  port?: number | undefined;
  /** The database that the URL names, created if missing. */
  database?: string | undefined;
  /** Off only for databases that are thrown away: a power cut then destroys them. */
  fsync?: boolean | undefined;
  /** A folder to remove should this process die without stop(). */
  temporaryFolder?: string | undefined;
  log: (line: string) => void;
}

export interface EmbeddedServer {
  /** The superuser's URL. */
  url: string;
  /** False when another process of this machine had started it: stop() then does nothing. */
  owned: boolean;
  stop(): Promise<void>;
}

/**
 * Starts the PostgreSQL that npm brought, or joins the one that runs on this folder already
 * (`npm run db:migrate` beside `npm start`).
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  await mkdir(options.dataDir, { recursive: true });
  const files = clusterFiles(await realpath(options.dataDir)); // one name for one folder
  const state = await readState(files);
  const running = await takeOver(files, state, options.log);
  const server = running ? await join(files, running) : await start(files, state, options);
  try {
    if (!options.database) return server;
    return { ...server, url: await ensureDatabase(server.url, options.database) };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/**
 * A server whose starter still lives is joined. One that was left behind, its starter and its
 * watcher killed, is stopped first: nobody else would ever stop it.
 */
async function takeOver(
  files: ClusterFiles,
  state: ServerState | null,
  log: EmbeddedOptions['log'],
): Promise<ServerState | null> {
  const pid = await findPostmaster(files);
  if (pid === null) return null;
  if (state && isAlive(state.owner)) return state;
  log(`The database process ${pid} was left behind on ${files.data}; stopping it`);
  await stopProcess(pid);
  return null;
}

async function join(files: ClusterFiles, state: ServerState): Promise<EmbeddedServer> {
  const url = adminUrl(await readOrMakePassword(files, {}), state.port);
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(50)) {
    if (await tryConnect(url)) return { url, owned: false, stop: async () => undefined };
  }
  throw new Error(
    `Process ${state.owner} started the database in ${files.data}, which does not answer on ` +
      `127.0.0.1:${state.port}. End that process and start again.`,
  );
}

async function start(
  files: ClusterFiles,
  state: ServerState | null,
  options: EmbeddedOptions,
): Promise<EmbeddedServer> {
  const binaries = await findBinaries();
  const account = findAccount();
  const fsync = options.fsync ?? true;
  await prepareHome(files, account);
  assertReachable(account, [files.home, binaries.initdb, binaries.postgres]);
  const password = await readOrMakePassword(files, account);
  await ensureCluster(files, binaries, account, fsync);
  const port = await choosePort(options, state);
  const url = adminUrl(password, port);
  await writeState(files, { port, owner: process.pid });
  const server: Postmaster = await startPostmaster({
    files,
    binaries,
    account,
    port,
    fsync,
    url,
    temporaryFolder: options.temporaryFolder,
  });
  options.log(`The database runs on 127.0.0.1:${port}, its data in ${files.data}`);
  return { url, owned: true, stop: () => server.stop() };
}

async function choosePort(options: EmbeddedOptions, state: ServerState | null): Promise<number> {
  if (options.port) {
    if (await isFree(options.port)) return options.port;
    throw new Error(`The database cannot listen on 127.0.0.1:${options.port}: the port is busy.`);
  }
  if (state && (await isFree(state.port))) return state.port;
  return freePort();
}

function adminUrl(password: string, port: number): string {
  return `postgres://${superuser}:${password}@127.0.0.1:${port}/postgres`;
}

async function ensureDatabase(url: string, name: string): Promise<string> {
  await withClient(url, async (client) => {
    const found = await client.query('select from pg_database where datname = $1', [name]);
    if (found.rowCount === 0) {
      await client.query(`create database ${client.escapeIdentifier(name)}`);
    }
  });
  return databaseUrl(url, name);
}
