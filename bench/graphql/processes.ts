/** The processes that are measured, each its own, and what they cost in CPU. */
import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../database/embedded/port.ts';
import { benchSecret } from '../sized-database.ts';
import type { BareOptions } from './bare-server.ts';
import type { LoadOptions, LoadResult } from './load.ts';

export interface MeasuredProcess {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

const root = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The real one, as in production, with all its limits. */
export async function startGraphQLServer(
  databaseUrl: string,
  nodeFlags: string[] = [],
): Promise<MeasuredProcess> {
  const port = await freePort();
  const child = spawn(process.execPath, [...nodeFlags, root('server/index.ts')], {
    env: {
      ...process.env,
      NODE_ENV: 'production',
      WAYBILL_SECRET: benchSecret,
      DATABASE_URL: databaseUrl,
      HOST: '127.0.0.1',
      PORT: String(port),
      PUBLIC_URL: 'https://waybill.example',
      WHATSAPP_APP_SECRET: 'of the bench',
      WHATSAPP_VERIFY_TOKEN: 'of the bench',
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'], // it ends itself when we are gone
  });
  const url = `http://127.0.0.1:${port}`;
  for (const end = Date.now() + 60_000; ; await sleep(50)) {
    const ready = await fetch(`${url}/readyz`).catch(() => undefined);
    if (ready?.ok) break;
    if (child.exitCode !== null || Date.now() > end) throw new Error('The server does not start');
  }
  return { url, pid: child.pid!, stop: () => stop(child) };
}

export async function startBareServer(options: BareOptions): Promise<MeasuredProcess> {
  const child = fork(root('bench/graphql/bare-server.ts'));
  const port = await answerOf<number>(child, options);
  return { url: `http://127.0.0.1:${port}`, pid: child.pid!, stop: () => stop(child) };
}

export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const child = fork(root('bench/graphql/load.ts'));
  try {
    return await answerOf<LoadResult>(child, options);
  } finally {
    await stop(child);
  }
}

function answerOf<T>(child: ChildProcess, message: object): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once('message', (answer) => resolve(answer as T)); // both sides are ours
    child.once('exit', (code) => reject(new Error(`A process of the bench ended with ${code}`)));
    child.send(message);
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

/** Clock ticks a second, on Linux for as long as anybody remembers. */
const ticks = 100;

/** CPU milliseconds that a process has used, or with its children, living and ended: a whole cluster. */
export async function cpuMs(pid: number, withChildren = false): Promise<number> {
  const own = await readStat(pid);
  if (!own) throw new Error(`Process ${pid} is gone`);
  let sum = own.own + (withChildren ? own.ended : 0);
  if (withChildren) {
    for (const entry of await readdir('/proc')) {
      const stat = /^\d+$/.test(entry) ? await readStat(Number(entry)) : undefined;
      if (stat?.parent === pid) sum += stat.own;
    }
  }
  return (sum * 1000) / ticks;
}

async function readStat(pid: number) {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The name is in brackets and may hold anything.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  if (!fields) return undefined;
  const at = (n: number) => Number(fields[n - 3]); // as counted in proc(5)
  return { parent: at(4), own: at(14) + at(15), ended: at(16) + at(17) };
}
