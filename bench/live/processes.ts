/** Real processes, so that they can be killed and so that what they cost is theirs. */
import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export interface Target {
  /** The administrator's; each process logs in as its own role. */
  url: string;
  secret: string;
}

function run(file: string, { url, secret }: Target, env: NodeJS.ProcessEnv): ChildProcess {
  const path = fileURLToPath(new URL(`../../${file}`, import.meta.url));
  return spawn(process.execPath, [path], {
    env: {
      ...process.env,
      NODE_ENV: 'test',
      WAYBILL_SECRET: secret,
      DATABASE_URL: url,
      LOG_LEVEL: 'fatal',
      ...env,
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'], // it ends itself when we are gone
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise((resolve) => child.once('exit', resolve));
}

export interface ServerProcess {
  url: string;
  /** As a machine that loses its power. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** Ready when this resolves. */
export async function startServerProcess(target: Target, port: number): Promise<ServerProcess> {
  const child = run('server/index.ts', target, { PORT: String(port), HOST: '127.0.0.1' });
  const url = `http://127.0.0.1:${port}`;
  for (let attempt = 0; ; attempt += 1) {
    const ready = await fetch(`${url}/readyz`).catch(() => undefined);
    if (ready?.ok) break;
    if (child.exitCode !== null || attempt > 600) throw new Error('The server does not get ready');
    await sleep(50);
  }
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await ended(child);
  };
  return { url, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') };
}

/** A dispatcher that is started again whenever it ends, as its supervisor does. */
export function keepDispatching(target: Target): { kill(): void; stop(): Promise<void> } {
  let stopping = false;
  let child: ChildProcess;
  const start = () => {
    child = run('dispatcher/run-dispatcher.ts', target, {});
    child.once('exit', () => {
      if (!stopping) setTimeout(start, 200);
    });
  };
  start();
  return {
    kill: () => void child.kill('SIGKILL'),
    async stop() {
      stopping = true;
      child.kill('SIGTERM');
      await ended(child);
    },
  };
}

/** CPU seconds that a server has used so far. */
export async function cpuSecondsOf(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_cpu_seconds_total ([\d.e-]+)/m.exec(metrics)?.[1] ?? NaN);
}
