import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { ClusterFiles } from './cluster.ts';

/** What the last start wrote down: its port and the Node process that started it. */
export interface ServerState {
  port: number;
  owner: number;
}

export async function readState(files: ClusterFiles): Promise<ServerState | null> {
  try {
    // Our own file; a damaged one counts as none, a new port is then chosen.
    const state = JSON.parse(await readFile(files.state, 'utf8')) as Partial<ServerState>;
    const { port, owner } = state;
    return typeof port === 'number' && typeof owner === 'number' ? { port, owner } : null;
  } catch {
    return null;
  }
}

export async function writeState(files: ClusterFiles, state: ServerState): Promise<void> {
  await writeFile(files.state, `${JSON.stringify(state)}\n`, { mode: 0o600 });
}

/**
 * The process id of a server that runs on this data directory now. After a kill -9 or a
 * container's restart, postmaster.pid may name a dead process, or by chance a stranger's:
 * PostgreSQL would refuse to start for the latter, so such a file is removed.
 */
export async function findPostmaster(files: ClusterFiles): Promise<number | null> {
  const file = join(files.data, 'postmaster.pid');
  const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 0) return null;
  const command = isAlive(pid) ? commandOf(pid) : '';
  if (command.includes(files.data)) return pid;
  // Any other postgres, or a process that we may not look at: PostgreSQL itself decides.
  const mayBeServer = isAlive(pid) && (command === '' || command.includes('postgres'));
  if (!mayBeServer) await rm(file, { force: true });
  return null;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Dead, and waiting for a parent that is slow to look: in a container it may never do so. */
function isZombie(pid: number): boolean {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false; // no /proc: macOS, whose init always looks
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // No /proc: macOS.
  }
  try {
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

/** Fast shutdown, then after 30 s without checkpoint; returns when the process is gone. */
export async function stopProcess(pid: number, graceMs = 30_000): Promise<void> {
  signal(pid, 'SIGINT');
  if (await goneWithin(pid, graceMs)) return;
  signal(pid, 'SIGQUIT');
  if (await goneWithin(pid, 10_000)) return;
  throw new Error(`The database process ${pid} does not stop`);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Already gone.
  }
}

async function goneWithin(pid: number, ms: number): Promise<boolean> {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(20)) {
    if (!isAlive(pid)) return true;
  }
  return false;
}
