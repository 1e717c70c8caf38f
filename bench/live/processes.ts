import type { ChildProcess } from 'node:child_process';

import { endProcess, runProcess, type Target } from '../server-process.ts';

/** A dispatcher that is started again whenever it ends, as its supervisor does. */
export function keepDispatching(target: Target): { kill(): void; stop(): Promise<void> } {
  let stopping = false;
  let child: ChildProcess;
  const start = () => {
    child = runProcess('dispatcher/run-dispatcher.ts', target, {
      NODE_ENV: 'test',
      LOG_LEVEL: 'fatal',
    });
    child.once('exit', () => {
      if (!stopping) setTimeout(start, 200);
    });
  };
  start();
  return {
    kill: () => void child.kill('SIGKILL'),
    async stop() {
      stopping = true;
      await endProcess(child);
    },
  };
}

/** CPU seconds that a server has used so far. */
export async function cpuSecondsOf(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_cpu_seconds_total ([\d.e-]+)/m.exec(metrics)?.[1] ?? NaN);
}
