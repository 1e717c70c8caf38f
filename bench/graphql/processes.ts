/** The processes that are measured, each its own. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
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
