/** The processes that are measured, each its own, and what they cost in CPU. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../database/embedded/port.ts';
import { benchSecret } from '../bench-server.ts';
import { endProcess, startServerProcess } from '../server-process.ts';
import type { BareOptions } from './bare-server.ts';
import type { LoadOptions, LoadResult } from './load.ts';

export interface MeasuredProcess {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** The real one, as in production, with all its limits. */
export async function startGraphQLServer(
  databaseUrl: string,
  secret = benchSecret,
): Promise<MeasuredProcess> {
  return startServerProcess({ url: databaseUrl, secret }, await freePort(), {
    NODE_ENV: 'production',
    PUBLIC_URL: 'https://waybill.example',
    WHATSAPP_APP_SECRET: 'of the bench',
    WHATSAPP_VERIFY_TOKEN: 'of the bench',
    LOG_LEVEL: 'warn',
  });
}

export async function startBareServer(options: BareOptions): Promise<MeasuredProcess> {
  const child = fork(script('bare-server.ts'));
  const port = await answerOf<number>(child, options);
  return { url: `http://127.0.0.1:${port}`, pid: child.pid!, stop: () => endProcess(child) };
}

export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const child = fork(script('load.ts'));
  try {
    return await answerOf<LoadResult>(child, options);
  } finally {
    await endProcess(child);
  }
}

function answerOf<T>(child: ChildProcess, message: object): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once('message', (answer) => resolve(answer as T)); // both sides are ours
    child.once('exit', (code) => reject(new Error(`A process of the bench ended with ${code}`)));
    child.send(message);
  });
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
