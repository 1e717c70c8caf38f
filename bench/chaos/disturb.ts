/** What goes wrong on our side, and the hours in which a carrier is down. */
import { setTimeout as sleep } from 'node:timers/promises';

import { share } from '../../sandbox/chance.ts';
import type { RestartableServer } from '../restartable-server.ts';
import { deadCarrier, emptyWallet, faultRules, type Carrier } from './faults.ts';
import type { Machines, Victim } from './machines.ts';
import type { SandboxProcess } from './sandbox-process.ts';

export interface DisturbOptions {
  /** How long orders come in and things go wrong. */
  seconds: number;
  /** Share of the calls. */
  faults: number;
  killEvery: number;
  restartEvery: number;
  seed: string;
  carriers: readonly Carrier[];
  /** When an unanswered call is cut; undefined: it is we who give up, which may take a minute. */
  holdMs?: number;
  say: (line: string) => void;
}

export interface Scene {
  machines: Machines;
  database: RestartableServer;
  sandbox: SandboxProcess;
  /** What the owner does once the wallet is filled: else the account would rest for five minutes. */
  resetCircuits: () => Promise<void>;
  /** Whether enough workers live to spare one: on a busy machine a replacement takes its time. */
  isManned: () => Promise<boolean>;
  /** Another carrier comes first from now on, so that all get their share. */
  preferAnother: () => Promise<void>;
  /** Whether most orders have met the faults: on a busy machine that takes longer. */
  isWorn: () => Promise<boolean>;
}

export interface Disturbances {
  kills: Record<Victim, number>;
  restarts: number;
  /** How long things went wrong. */
  seconds: number;
  /** Who was down, and for how long. */
  outages: string[];
}

/** As often as the time, at most, the faults go on for the orders that have not met them. */
const longest = 3;

/** Until the time is over and most orders have been through it; then the outside world behaves. */
export async function disturb(options: DisturbOptions, scene: Scene): Promise<Disturbances> {
  const done: Disturbances = {
    kills: { worker: 0, dispatcher: 0, machine: 0 },
    restarts: 0,
    seconds: 0,
    outages: [],
  };
  const startedAt = performance.now();
  const ending = new AbortController();
  const over = ending.signal;
  void wornOut(options, scene).then(() => ending.abort());
  await Promise.all([
    every(options.killEvery, over, (n) => killOne(options, scene, n, over, done)),
    every(options.restartEvery, over, async () => {
      options.say('PostgreSQL is stopped at once');
      await scene.database.crash();
      done.restarts += 1;
    }),
    every(2, over, () => scene.preferAnother()),
    outages(options, scene, over, done),
  ]);
  await scene.sandbox.setFaults([]);
  done.seconds = Math.round((performance.now() - startedAt) / 1000);
  return done;
}

async function wornOut({ seconds }: DisturbOptions, { isWorn }: Scene): Promise<void> {
  await sleep(seconds * 1000);
  for (const end = Date.now() + (longest - 1) * seconds * 1000; Date.now() < end;) {
    if (await isWorn()) return;
    await sleep(500);
  }
}

/** The next time counts from the last, so that slow work is not begun twice. */
async function every(
  seconds: number,
  over: AbortSignal,
  act: (n: number) => Promise<void>,
): Promise<void> {
  if (seconds <= 0) return;
  for (let n = 0; await pause(seconds, over); n += 1) await act(n);
}

/** False when the time was over before. */
async function pause(seconds: number, over: AbortSignal): Promise<boolean> {
  await sleep(seconds * 1000, undefined, { signal: over }).catch(() => undefined);
  return !over.aborted;
}

/** Of ten kills eight hit a worker, one a dispatcher, one a whole machine. */
async function killOne(
  { seed }: DisturbOptions,
  { machines, isManned }: Scene,
  n: number,
  over: AbortSignal,
  done: Disturbances,
): Promise<void> {
  while (!(await isManned())) if (!(await pause(0.5, over))) return;
  const what: Victim = n % 10 === 4 ? 'dispatcher' : n % 10 === 9 ? 'machine' : 'worker';
  if (await machines.kill(what, share(seed, 'victim', n))) done.kills[what] += 1;
}

/** In the second quarter of the time the first carrier is dead; in the third the second is not paid. */
async function outages(
  { seconds, faults, carriers, holdMs, say }: DisturbOptions,
  { sandbox, resetCircuits }: Scene,
  over: AbortSignal,
  done: Disturbances,
): Promise<void> {
  const usual = faultRules(faults, holdMs);
  const [dead, unpaid = dead] = carriers;
  if (dead === undefined || unpaid === undefined) throw new Error('There is no carrier');
  const [deadSeconds, unpaidSeconds] = [Math.min(60, seconds / 4), Math.min(15, seconds / 10)];
  await sandbox.setFaults(usual);
  if (!(await pause(seconds / 4, over))) return;
  say(`${dead} is dead for ${deadSeconds} s`);
  done.outages.push(`${dead} dead for ${deadSeconds} s`);
  await sandbox.setFaults([...deadCarrier(dead, holdMs), ...usual]);
  if (!(await pause(deadSeconds, over))) return;
  say(`${dead} is back`);
  await sandbox.setFaults(usual);
  if (!(await pause(seconds / 8, over))) return;
  say(`the wallet at ${unpaid} is empty for ${unpaidSeconds} s`);
  done.outages.push(`no money at ${unpaid} for ${unpaidSeconds} s`);
  await sandbox.setFaults([...emptyWallet(unpaid), ...usual]);
  await pause(unpaidSeconds, over);
  await sandbox.setFaults(usual);
  await resetCircuits();
}
