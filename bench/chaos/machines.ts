/**
 * Machines that work: each one `cli/worker.ts`, a supervisor with its workers and a dispatcher candidate.
 * Any of these processes may be killed; a supervisor replaces its children, and we replace a supervisor.
 */
import type { ChildProcess } from 'node:child_process';

import { endProcess, runProcess, type Target } from '../server-process.ts';
import { childrenOf } from './family.ts';

export interface MachinesOptions {
  target: Target;
  count: number;
  env: NodeJS.ProcessEnv;
}

export type Victim = 'worker' | 'dispatcher' | 'machine';

/** How long a killed machine's children may take to notice that they are orphans. */
const patienceMs = 30_000;

export class Machines {
  readonly #options: MachinesOptions;
  readonly #running: ChildProcess[] = [];
  #stopping = false;

  constructor(options: MachinesOptions) {
    this.#options = options;
    for (let n = 0; n < options.count; n += 1) this.#start(n);
  }

  /** Kills one with SIGKILL; false when there was none of that sort just then. */
  async kill(what: Victim, luck: number): Promise<boolean> {
    const machine = this.#running[Math.floor(luck * this.#running.length)];
    if (machine?.pid === undefined) return false;
    const children = await childrenOf(machine.pid);
    if (what === 'machine') {
      // The power fails: nobody on it finishes anything.
      machine.kill('SIGKILL');
      children.forEach(({ pid }) => killed(pid));
      return true;
    }
    const file = what === 'worker' ? 'run-worker.ts' : 'run-dispatcher.ts';
    const candidates = children.filter(({ command }) => command.includes(file));
    const victim = candidates[Math.floor(luck * 997) % Math.max(1, candidates.length)];
    return victim !== undefined && killed(victim.pid);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#running.map((machine) => this.#end(machine)));
  }

  async #end(machine: ChildProcess): Promise<void> {
    const children = machine.pid === undefined ? [] : await childrenOf(machine.pid);
    const timer = setTimeout(() => {
      machine.kill('SIGKILL');
      children.forEach(({ pid }) => killed(pid));
    }, patienceMs);
    await endProcess(machine);
    clearTimeout(timer);
  }

  #start(n: number): void {
    const { target, env } = this.#options;
    const machine = runProcess('cli/worker.ts', target, env);
    this.#running[n] = machine;
    machine.once('exit', () => {
      if (!this.#stopping) setTimeout(() => this.#stopping || this.#start(n), 1_000);
    });
  }
}

function killed(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false; // it has just ended by itself
  }
}
