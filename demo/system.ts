/** The running Waybill that the demo uses: the one that answers, or one that it starts itself. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadConfig, parseEnvironment } from '../config.ts';
import type { Config } from '../config.ts';
import { readLocalSecret, startLocalServer } from '../database/local-server.ts';

/** The first start initialises a database and builds the dashboard. */
const startPatienceMs = 240_000;
const stopPatienceMs = 40_000;

export interface System {
  config: Config;
  stop: () => Promise<void>;
}

/** What keeps the demo from running, in words for whoever started it. */
export class SystemError extends Error {}

type Say = (line: string) => void;

export async function findOrStartSystem(say: Say, signal: AbortSignal): Promise<System> {
  const settings = parseEnvironment(process.env);
  if (settings.NODE_ENV === 'production') {
    throw new SystemError('The demo sends invented orders: it does not run in production.');
  }
  const address = `http://${settings.HOST}:${settings.PORT}`;
  if (await isReady(address)) {
    say(`Using the Waybill that runs at ${address}`);
    return { config: await configOfRunning(address), stop: async () => undefined };
  }
  return startSystem(address, settings.WAYBILL_DATA_DIR, say, signal);
}

async function startSystem(
  address: string,
  dataDir: string,
  say: Say,
  signal: AbortSignal,
): Promise<System> {
  // Makes the folder too, which the log needs.
  await readLocalSecret(dataDir);
  const logFile = join(dataDir, 'demo.log');
  say(`Starting Waybill at ${address}; its log is ${logFile}`);
  const child = spawnStart(logFile);
  const stop = () => stopChild(child);
  try {
    await becomesReady(address, child, logFile, signal);
    return { config: await configOfRunning(address), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function spawnStart(logFile: string): ChildProcess {
  const start = fileURLToPath(new URL('../cli/start.ts', import.meta.url));
  const child = spawn(process.execPath, [start], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: process.env,
  });
  const log = createWriteStream(logFile);
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  child.once('close', () => log.end());
  return child;
}

async function becomesReady(
  address: string,
  child: ChildProcess,
  logFile: string,
  signal: AbortSignal,
): Promise<void> {
  for (const end = Date.now() + startPatienceMs; Date.now() < end; await sleep(200)) {
    signal.throwIfAborted();
    if (hasEnded(child)) throw new SystemError(`Waybill did not start; ${logFile} says why.`);
    if (await isReady(address)) return;
  }
  throw new SystemError(`Waybill did not get ready at ${address}; ${logFile} says more.`);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopPatienceMs);
  await ended;
  clearTimeout(timer);
}

async function isReady(address: string): Promise<boolean> {
  const asked = fetch(`${address}/readyz`, { signal: AbortSignal.timeout(2_000) });
  return asked.then(
    (answer) => answer.ok,
    () => false,
  );
}

/** The server's own settings: they come from the same environment and data folder. */
async function configOfRunning(address: string): Promise<Config> {
  const settings = parseEnvironment(process.env);
  const secret = settings.WAYBILL_SECRET ?? (await readLocalSecret(settings.WAYBILL_DATA_DIR));
  if (settings.DATABASE_URL !== undefined) {
    return loadConfig(process.env, { secret, databaseUrl: settings.DATABASE_URL });
  }
  const server = await startLocalServer(settings.WAYBILL_DATA_DIR, () => undefined);
  if (server.owned) {
    await server.stop();
    throw new SystemError(
      `What answers at ${address} does not use the data in ${settings.WAYBILL_DATA_DIR}: ` +
        'set WAYBILL_DATA_DIR or DATABASE_URL as it was started with, or another PORT.',
    );
  }
  return loadConfig(process.env, { secret, databaseUrl: server.url });
}
