/** What goes wrong on our side, and the hours in which a carrier is down. */
import { setTimeout as sleep } from 'node:timers/promises';

import { share } from '../../sandbox/chance.ts';
import type { RestartableServer } from '../restartable-server.ts';
import { deadCarrier, emptyWallet, faultRules, type Carrier } from './faults.ts';
import type { Machines, Victim } from './machines.ts';
import type { SandboxProcess } from './sandbox-process.ts';

export interface DisturbOptions {
  seconds: number;
  faults: number;
  killEvery: number;
  restartEvery: number;
  seed: string;
  carriers: readonly Carrier[];
  say: (line: string) => void;
}

export interface Scene {
  machines: Machines;
  database: RestartableServer;
  sandbox: SandboxProcess;
}

export interface Disturbances {
  kills: Record<Victim, number>;
  restarts: number;
  /** Who was down, and for how long. */
  outages: string[];
}

/** Until the time is over; then the outside world behaves. */
export async function disturb(options: DisturbOptions, scene: Scene): Promise<Disturbances> {
  const done: Disturbances = {
    kills: { worker: 0, dispatcher: 0, machine: 0 },
    restarts: 0,
    outages: [],
  };
  const over = AbortSignal.timeout(options.seconds * 1000);
  await Promise.all([
    every(options.killEvery, over, (n) => killOne(options, scene, n, done)),
    every(options.restartEvery, over, async () => {
      options.say('PostgreSQL is stopped at once');
      await scene.database.crash();
      done.restarts += 1;
    }),
    outages(options, scene, over, done),
  ]);
  await scene.sandbox.setFaults([]);
  return done;
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
  { machines }: Scene,
  n: number,
  done: Disturbances,
): Promise<void> {
  const what: Victim = n % 10 === 4 ? 'dispatcher' : n % 10 === 9 ? 'machine' : 'worker';
  if (await machines.kill(what, share(seed, 'victim', n))) done.kills[what] += 1;
}

/** In the second quarter of the time the first carrier is dead; in the third the second is not paid. */
async function outages(
  { seconds, faults, carriers, say }: DisturbOptions,
  { sandbox }: Scene,
  over: AbortSignal,
  done: Disturbances,
): Promise<void> {
  const usual = faultRules(faults);
  const [dead, unpaid = dead] = carriers;
  if (dead === undefined || unpaid === undefined) throw new Error('There is no carrier');
  const deadSeconds = Math.min(60, seconds / 4);
  const unpaidSeconds = Math.min(10, seconds / 20);
  await sandbox.setFaults(usual);
  if (!(await pause(seconds / 4, over))) return;
  say(`${dead} is dead for ${deadSeconds} s`);
  done.outages.push(`${dead} dead for ${deadSeconds} s`);
  await sandbox.setFaults([...deadCarrier(dead), ...usual]);
  if (!(await pause(deadSeconds, over))) return;
  say(`${dead} is back`);
  await sandbox.setFaults(usual);
  if (!(await pause(seconds / 8, over))) return;
  say(`the wallet at ${unpaid} is empty for ${unpaidSeconds} s`);
  done.outages.push(`no money at ${unpaid} for ${unpaidSeconds} s`);
  await sandbox.setFaults([...emptyWallet(unpaid), ...usual]);
  await pause(unpaidSeconds, over);
  await sandbox.setFaults(usual);
}
