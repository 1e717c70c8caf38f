/**
 * How many orders a second go from the shop's signed webhook to the customer's door, and what each costs:
 * six transitions, a booking, a label, three messages, the carrier's scans and the messages' reports, all as
 * webhooks. Server, workers, dispatcher, PostgreSQL and the sandbox, which is the outside world, are
 * processes of this machine; so is the load, this one.
 *
 *   npm run bench -- pipeline [--workers 1,2,4] [--seconds 60] [--warm-up 15] [--window 120 | --rate 60]
 *     [--orders 1000] [--latency 50] [--functions] [--json]
 *
 * --window keeps so many orders under way (closed loop: says how much can go through); --rate sends so many a
 * second, whatever happens (open loop: says how long an order takes at that rate). Latency is from the sending of the
 * webhook, or the moment when it was due, to the event `delivered`. The CPU of an order is that of server, workers,
 * dispatcher and PostgreSQL in the measured seconds, divided by the orders that arrived in them.
 * --orders N measures until so many have arrived, after half as many to warm up: for a busy machine, where
 * seconds say little and the CPU is all that can be compared. --functions also says where PostgreSQL's time went.
 */
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type pg from 'pg';
import { withBenchDatabase } from './bench-database.ts';
import type { BenchDatabase } from './bench-database.ts';
import { assertWhole, latencies, percentile } from './pipeline/arrivals.ts';
import { countFunctions, functionTimes } from './pipeline/functions.ts';
import { Load } from './pipeline/load.ts';
import type { Pace } from './pipeline/load.ts';
import { startPipeline } from './pipeline/processes.ts';
import type { CpuMs, Pipeline } from './pipeline/processes.ts';
import type { BenchResult } from './run.ts';

type Say = (line: string) => void;

interface Settings {
  seconds: number;
  warmUp: number;
  /** Measured instead of seconds. */
  orders: number | undefined;
  latencyMs: number;
  pace: Pace;
  functions: boolean;
}

const drainMs = 120_000;

export async function pipeline(say: Say, flags: string[]): Promise<BenchResult> {
  const { values } = parseArgs({
    args: flags,
    options: {
      workers: { type: 'string', default: '1,2,4' },
      seconds: { type: 'string', default: '60' },
      'warm-up': { type: 'string', default: '15' },
      window: { type: 'string', default: '120' },
      rate: { type: 'string' },
      orders: { type: 'string' },
      latency: { type: 'string', default: '50' },
      functions: { type: 'boolean', default: false },
    },
  });
  const settings: Settings = {
    seconds: Number(values.seconds),
    warmUp: Number(values['warm-up']),
    orders: values.orders === undefined ? undefined : Number(values.orders),
    latencyMs: Number(values.latency),
    pace:
      values.rate === undefined ? { window: Number(values.window) } : { rate: Number(values.rate) },
    functions: values.functions,
  };
  const rows: BenchResult['rows'] = [];
  for (const workers of values.workers.split(',').map(Number)) {
    // A database of its own, so that no row pays for the orders of those before.
    const row = await withBenchDatabase((database) => measure(database, workers, settings, say));
    say(`${JSON.stringify(row)} (load average ${loadavg()[0]?.toFixed(1)})`);
    rows.push(row);
  }
  return { name: 'pipeline', rows };
}

async function measure(
  database: BenchDatabase,
  workers: number,
  settings: Settings,
  say: Say,
): Promise<BenchResult['rows'][number]> {
  if (settings.functions) await countFunctions(database.admin);
  const running = await startPipeline(database, { workers, latencyMs: settings.latencyMs });
  try {
    const load = new Load(running.url, database.admin, settings.pace);
    const sending = load.run();
    const measured = await Promise.race([watch(running, load, database.admin, settings), sending]);
    load.stop();
    await sending;
    if (measured === undefined) throw new Error('The load ended by itself');
    await load.drain(drainMs);
    await assertWhole(database.admin, load.sentAt.size);
    if (settings.functions) say(await functionTimes(database.admin, load.sentAt.size));
    const times = await latencies(database.admin, load.sentAt, measured.from, measured.to);
    return rowOf(workers, times, measured);
  } finally {
    await running.stop();
  }
}

interface Measured {
  /** By the clock. */
  from: number;
  to: number;
  cpu: CpuMs;
}

async function watch(
  running: Pipeline,
  load: Load,
  admin: pg.Client,
  settings: Settings,
): Promise<Measured> {
  const { orders, seconds, warmUp } = settings;
  const warm = (share: number) =>
    orders === undefined
      ? sleep(warmUp * 1000 * share)
      : arrivals(load, load.delivered + (orders / 2) * share);
  await warm(0.5);
  // Plans are made while the tables are still empty, and anew when autovacuum has counted them, which it
  // comes to within a minute. Here it is not waited for.
  await admin.query('analyze');
  await warm(0.5);
  const from = Date.now();
  const before = await running.cpu();
  await (orders === undefined ? sleep(seconds * 1000) : arrivals(load, load.delivered + orders));
  const after = await running.cpu();
  const parts = Object.keys(after) as (keyof CpuMs)[];
  const used = parts.map((part) => [part, after[part] - before[part]]);
  return { from, to: Date.now(), cpu: Object.fromEntries(used) as unknown as CpuMs };
}

async function arrivals(load: Load, delivered: number): Promise<void> {
  while (load.delivered < delivered) await sleep(20);
}

function rowOf(workers: number, times: number[], { from, to, cpu }: Measured) {
  const round = (n: number, digits = 1) => Number(n.toFixed(digits));
  const anOrder = (ms: number) => round(ms / times.length);
  const { server, dispatcher, postgres, sandbox, load } = cpu;
  return {
    workers,
    orders_per_second: round((times.length * 1000) / (to - from)),
    cpu_ms_per_order: anOrder(server + cpu.workers + dispatcher + postgres),
    p50_s: round(percentile(times, 0.5) / 1000, 2),
    p95_s: round(percentile(times, 0.95) / 1000, 2),
    server_ms: anOrder(server),
    workers_ms: anOrder(cpu.workers),
    dispatcher_ms: anOrder(dispatcher),
    postgres_ms: anOrder(postgres),
    sandbox_ms: anOrder(sandbox),
    load_ms: anOrder(load),
  };
}
