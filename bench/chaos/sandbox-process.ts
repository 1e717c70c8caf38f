/** The outside world as a process of its own, which survives whatever happens to us. */
import { setTimeout as sleep } from 'node:timers/promises';

import type { FaultRule } from '../../sandbox/faults.ts';
import { snapshotSchema, type Snapshot } from '../../sandbox/records.ts';
import { endProcess, runProcess, type Target } from '../server-process.ts';

export type Books = Omit<Snapshot, 'version' | 'serial' | 'labelFailures'>;

const booksSchema = snapshotSchema.omit({ version: true, serial: true, labelFailures: true });

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
    async books() {
      const answer = await fetch(`${url}/_sandbox/books`);
      const { summary, ...books } = (await answer.json()) as { summary: { requests: object } };
      return booksSchema.parse({ ...books, requests: summary.requests });
    },
    stop: () => endProcess(child),
  };
}
