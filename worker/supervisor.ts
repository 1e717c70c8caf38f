/**
 * Keeps worker processes and one dispatcher candidate alive. When a worker dies, its jobs and effects
 * are released at once, not after graphile-worker's four hours; a beat in the database lets any other
 * machine do the same when this one is gone.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { z } from 'zod';
import { describeError } from '../describe-error.ts';

const workerFile = fileURLToPath(new URL('run-worker.ts', import.meta.url));
const dispatcherFile = fileURLToPath(new URL('../dispatcher/run-dispatcher.ts', import.meta.url));
const Hello = z.object({ poolId: z.string() });
const beatEveryMs = 5_000;
const restartAfterMs = 500;
/** How long a child may take to finish its running jobs before it is killed and its jobs released. */
const patienceMs = 20_000;

interface Child {
  process: ChildProcess;
  name: string;
  poolId: string | null;
}

export class Supervisor {
  readonly #db: Pool;
  readonly #log: Logger;
  readonly #env: NodeJS.ProcessEnv;
  readonly #children = new Set<Child>();
  /** Pools of dead children whose release has not been confirmed yet. */
  readonly #unreleased = new Set<string>();
  #beat: NodeJS.Timeout | null = null;
  #stopping = false;

  constructor(db: Pool, log: Logger, env: NodeJS.ProcessEnv) {
    this.#db = db;
    this.#log = log;
    this.#env = env;
  }

  start(workers: number): void {
    for (let n = 1; n <= workers; n += 1) this.#spawn(`worker ${n}`, workerFile);
    this.#spawn('dispatcher', dispatcherFile);
    this.#beat = setInterval(() => void this.#keepBeat(), beatEveryMs);
  }

  /** The pids of the living children by name: what a chaos test kills. */
  pids(): Map<string, number> {
    return new Map([...this.#children].map((child) => [child.name, child.process.pid ?? 0]));
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#beat !== null) clearInterval(this.#beat);
    await Promise.all([...this.#children].map((child) => this.#end(child)));
    await this.#release();
  }

  #spawn(name: string, file: string): void {
    const child: Child = {
      name,
      poolId: null,
      process: spawn(process.execPath, [file], {
        env: this.#env,
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      }),
    };
    this.#children.add(child);
    child.process.on('message', (message) => {
      const hello = Hello.safeParse(message);
      if (!hello.success) return;
      child.poolId = hello.data.poolId;
      void this.#keepBeat();
    });
    child.process.on('exit', (code, signal) => {
      this.#children.delete(child);
      if (child.poolId !== null) this.#unreleased.add(child.poolId);
      if (this.#stopping) return;
      this.#log.warn({ child: name, code, signal }, 'a child process ended; starting another');
      void this.#release();
      setTimeout(() => {
        if (!this.#stopping) this.#spawn(name, file);
      }, restartAfterMs);
    });
  }

  async #end(child: Child): Promise<void> {
    const ended = new Promise((resolve) => child.process.once('exit', resolve));
    child.process.kill('SIGTERM');
    const timer = setTimeout(() => child.process.kill('SIGKILL'), patienceMs);
    await ended;
    clearTimeout(timer);
  }

  /** Also retries releases that a database restart prevented. */
  async #keepBeat(): Promise<void> {
    const pools = [...this.#children].map((child) => child.poolId).filter((id) => id !== null);
    try {
      await this.#db.query('select app_private.beat($1)', [pools]);
    } catch (error) {
      this.#log.warn({ error: describeError(error) }, 'the beat could not be written');
    }
    await this.#release();
  }

  async #release(): Promise<void> {
    for (const poolId of this.#unreleased) {
      try {
        const { rows } = await this.#db.query<{ effects: number }>(
          'select app_private.release_worker($1) as effects',
          [poolId],
        );
        this.#unreleased.delete(poolId);
        this.#log.info({ poolId, effects: rows[0]?.effects }, 'released what a worker held');
      } catch (error) {
        this.#log.warn({ error: describeError(error), poolId }, 'a release will be tried again');
      }
    }
  }
}
