import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

import { identity, type Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import type { ClusterFiles } from './cluster.ts';
import { stopProcess } from './running.ts';

export interface Postmaster {
  stop(): Promise<void>;
}

export interface PostmasterOptions {
  files: ClusterFiles;
  binaries: Binaries;
  account: Account;
  port: number;
  fsync: boolean;
  url: string;
  /** A folder to remove when we die without stopping the server. */
  temporaryFolder?: string | undefined;
}

/** How long crash recovery may take before we give up. */
const startTimeoutMs = 300_000;

/** Starts postgres and returns when it answers. */
export async function startPostmaster(options: PostmasterOptions): Promise<Postmaster> {
  const { files } = options;
  const logStart = statSync(files.serverLog, { throwIfNoEntry: false })?.size ?? 0;
  const child = spawnPostgres(options);
  const watcher = spawnWatcher(child, options.temporaryFolder);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  void exited.then(() => watcher.kill('SIGKILL'));
  try {
    await answers(child, options.url);
  } catch (cause) {
    if (child.pid !== undefined && child.exitCode === null) await stopProcess(child.pid);
    const log = (await readFile(files.serverLog, 'utf8').catch(() => '')).slice(logStart);
    throw new Error(explain(log, options), { cause });
  }
  let stopping: Promise<void> | undefined;
  return { stop: () => (stopping ??= stop(child, exited)) };
}

/**
 * In a session of its own (detached), so that Ctrl-C reaches us and not the server: it must
 * outlive its clients. Its log goes to a file, for a pipe would stop with us.
 */
function spawnPostgres(options: PostmasterOptions): ChildProcess {
  const { files, binaries, account } = options;
  const log = openSync(files.serverLog, 'a', 0o600);
  try {
    return spawn(binaries.postgres, ['-D', files.data, ...settings(options)], {
      ...identity(account),
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log],
      env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
    });
  } finally {
    closeSync(log);
  }
}

function settings({ port, fsync }: PostmasterOptions): string[] {
  const values = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '256MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Without DETAIL and CONTEXT, where errors repeat the values of a row: names, phones, addresses.
    log_error_verbosity: 'terse',
    fsync: fsync ? 'on' : 'off',
    ...(fsync ? {} : { synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/**
 * A shell that waits for the end of its input and then stops the server. Only we hold the other
 * end of that pipe, so the server stops even when we are killed with SIGKILL.
 */
function spawnWatcher(server: ChildProcess, temporaryFolder = ''): ChildProcess {
  const script = `
    read -r _
    kill -INT "$1"
    [ -z "$2" ] && exit
    for i in 1 2 3 4 5 6 7 8 9; do kill -0 "$1" && sleep 1; done
    rm -rf "$2"`;
  const parameters = [String(server.pid), temporaryFolder];
  const watcher = spawn('/bin/sh', ['-c', script, 'waybill-watcher', ...parameters], {
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.on('error', () => undefined); // without a shell the next start takes over instead
  watcher.stdin?.on('error', () => undefined);
  watcher.unref();
  server.unref();
  return watcher;
}

async function answers(child: ChildProcess, url: string): Promise<void> {
  let failure: Error | undefined;
  child.once('error', (error) => (failure = error));
  for (const end = Date.now() + startTimeoutMs; Date.now() < end; await sleep(25)) {
    if (failure) throw failure;
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`postgres ended with ${child.exitCode ?? child.signalCode}`);
    }
    if (await tryConnect(url)) return;
  }
  throw new Error(`postgres did not answer within ${startTimeoutMs / 1000} s`);
}

/** It starts up, recovers or stops; or all connections are taken. */
const passing = new Set(['57P03', '53300']);

/** True when it answers, false while it starts; anything else it says is an error for good. */
export async function tryConnect(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch (error) {
    if (error instanceof pg.DatabaseError && !passing.has(error.code ?? '')) throw error;
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function stop(child: ChildProcess, exited: Promise<void>): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.ref(); // else Node may leave before the server has
  await Promise.all([exited, stopProcess(child.pid)]);
}

function explain(log: string, { files, port }: PostmasterOptions): string {
  if (log.includes('could not bind')) {
    return `The database cannot listen on 127.0.0.1:${port}: the port is busy.`;
  }
  const reasons = log.split('\n').filter((line) => /(FATAL|PANIC|HINT|DETAIL):/.test(line));
  return [
    `The database in ${files.data} does not start. Its log is ${files.serverLog}`,
    ...reasons.slice(-6),
  ].join('\n');
}
