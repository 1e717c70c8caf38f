/** The processes of one machine, with one readable log. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { prettyFactory } from 'pino-pretty';

const restartAfterMs = 1_000;
const patienceMs = 25_000;
const pretty = prettyFactory({
  colorize: process.stdout.isTTY,
  ignore: 'pid,hostname',
  translateTime: 'SYS:HH:MM:ss',
  singleLine: true,
});

export class Children {
  readonly #running = new Map<string, ChildProcess>();
  #stopping = false;

  /** Starts `file` and starts it again whenever it ends by itself. */
  start(name: string, file: string, env: NodeJS.ProcessEnv): void {
    const child = spawn(process.execPath, [fileURLToPath(new URL(`../${file}`, import.meta.url))], {
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#running.set(name, child);
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => say(name, line));
    }
    child.on('exit', (code, signal) => {
      this.#running.delete(name);
      if (this.#stopping) return;
      say(name, `ended (${signal ?? code}); starting it again`);
      setTimeout(() => {
        if (!this.#stopping) this.start(name, file, env);
      }, restartAfterMs);
    });
  }

  /** Ends all, in the order they were started, each with time to finish what it does. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const child of this.#running.values()) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
      await ended;
      clearTimeout(timer);
    }
  }
}

/** Log lines are JSON and are made readable; anything else is printed as it is. */
function say(name: string, line: string): void {
  const text = line.startsWith('{') ? pretty(line).trimEnd() : `${name}: ${line}`;
  process.stdout.write(`${text}\n`);
}
