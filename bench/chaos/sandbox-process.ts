/** The outside world as a process of its own, which survives whatever happens to us. */
import { setTimeout as sleep } from 'node:timers/promises';

import { readBooks, type Books } from '../../demo/sandbox-books.ts';
import type { FaultRule } from '../../sandbox/faults.ts';
import { endProcess, runProcess, type Target } from '../server-process.ts';

export interface SandboxProcess {
  url: string;
  /** These faults and no others. */
  setFaults(rules: readonly FaultRule[]): Promise<void>;
  books(): Promise<Books>;
  stop(): Promise<void>;
}

export async function startSandboxProcess(
  target: Target,
  port: number,
  env: NodeJS.ProcessEnv,
): Promise<SandboxProcess> {
  const child = runProcess('sandbox/index.ts', target, { SANDBOX_PORT: String(port), ...env });
  const url = `http://127.0.0.1:${port}`;
  for (const end = Date.now() + 60_000; ; await sleep(50)) {
    const up = await fetch(`${url}/_sandbox/health`).catch(() => undefined);
    if (up?.ok) break;
    if (child.exitCode !== null || Date.now() > end) throw new Error('The sandbox does not start');
  }
  return {
    url,
    async setFaults(rules) {
      const body = JSON.stringify({ rules });
      const answer = await fetch(`${url}/_sandbox/faults`, { method: 'PUT', body });
      if (!answer.ok) throw new Error(`The sandbox refuses the faults: ${await answer.text()}`);
      await answer.body?.cancel();
    },
    books: () => readBooks(url),
    stop: () => endProcess(child),
  };
}
