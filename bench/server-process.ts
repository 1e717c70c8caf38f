/** Real processes, so that they can be killed and so that what they cost is theirs. */
import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export interface Target {
  /** The administrator's; each process logs in as its own role. */
  url: string;
  secret: string;
  /** A file descriptor for what the processes print; else stderr, for on stdout is only the result. */
  log?: number;
}

export function runProcess(
  file: string,
  { url, secret, log }: Target,
  env: NodeJS.ProcessEnv,
): ChildProcess {
  const output = log ?? 2;
  const path = fileURLToPath(new URL(`../${file}`, import.meta.url));
  return spawn(process.execPath, [path], {
    env: { ...process.env, WAYBILL_SECRET: secret, DATABASE_URL: url, ...env },
    stdio: ['ignore', output, output, 'ipc'], // it ends itself when we are gone
  });
}

/** Resolves when it is gone; at once when it was already. */
export async function endProcess(
  child: ChildProcess,
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await gone;
}

export interface ServerProcess {
  url: string;
  pid: number;
  /** As a machine that loses its power. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** Ready when this resolves. */
export async function startServerProcess(
  target: Target,
  port: number,
  env: NodeJS.ProcessEnv = { NODE_ENV: 'test', LOG_LEVEL: 'fatal' },
): Promise<ServerProcess> {
  const child = runProcess('server/index.ts', target, {
    PORT: String(port),
    HOST: '127.0.0.1',
    ...env,
  });
  const url = `http://127.0.0.1:${port}`;
  for (const end = Date.now() + 60_000; ; await sleep(50)) {
    const ready = await fetch(`${url}/readyz`).catch(() => undefined);
    if (ready?.ok) break;
    if (child.exitCode !== null || Date.now() > end) throw new Error('The server does not start');
  }
  return {
    url,
    pid: child.pid!,
    kill: () => endProcess(child, 'SIGKILL'),
    stop: () => endProcess(child),
  };
}
