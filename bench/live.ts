/**
 * From the commit of a transition to the subscribers of its store: one server process, one dispatcher, a
 * process of subscribers, each with a socket of its own, all on this machine. The clock starts when the
 * writer's commit returned.
 */
import { fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { freePort } from '../database/embedded/port.ts';
import { demoMembers } from '../demo/credentials.ts';
import type { BenchResult } from './run.ts';
import { withBenchDatabase } from './bench-database.ts';
import type { BenchDatabase } from './bench-database.ts';
import { cpuSecondsOf, keepDispatching, startServerProcess } from './live/processes.ts';
import { signIn } from './live/sign-in.ts';
import type { Committed, Measured, Start } from './live/subscribers.ts';

const seconds = Number(process.env.S ?? 20);
const perSecond = 50;
const moves = ['accepted', 'packing', 'shipped', 'delivered'];

const selections = {
  event: 'orderId publicId oldStatus newStatus timestamp fulfilmentType storeId seq cursor',
  'event + order':
    'orderId oldStatus newStatus timestamp seq cursor order { id number status attention placedAt updatedAt trackingCode }',
};

const runs: { subscribers: number; selection: keyof typeof selections }[] = [
  { subscribers: 1, selection: 'event' },
  { subscribers: 100, selection: 'event' },
  { subscribers: 500, selection: 'event' },
  { subscribers: 500, selection: 'event + order' },
];

export async function live(say: (line: string) => void): Promise<BenchResult> {
  return withBenchDatabase(async (database) => {
    const dispatcher = keepDispatching(database);
    const server = await startServerProcess(database, await freePort());
    try {
      const tokens = await Promise.all(demoMembers.map(({ email }) => signIn(server.url, email)));
      const rows = [];
      for (const { subscribers, selection } of runs) {
        const row = await measure(database, server.url, tokens, subscribers, selection);
        rows.push(row);
        say(`${subscribers} subscribers, ${selection}: p95 ${row.p95_ms} ms`);
      }
      return { name: 'live', rows };
    } finally {
      await server.stop();
      await dispatcher.stop();
    }
  });
}

async function measure(
  database: BenchDatabase,
  url: string,
  tokens: string[],
  subscribers: number,
  selection: keyof typeof selections,
) {
  const orders = await database.placeOrders(Math.ceil((perSecond * seconds) / moves.length));
  await dispatched(database);
  const child = fork(fileURLToPath(new URL('live/subscribers.ts', import.meta.url)));
  const measured = new Promise<Measured>((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', () => reject(new Error('The subscribers ended')));
  });
  measured.catch(() => undefined); // awaited below
  const query = `subscription Live($storeId: Int!) {
    orderStatusUpdated(storeId: $storeId) { ${selections[selection]} } }`;
  const start: Start = {
    kind: 'start',
    url,
    tokens,
    subscribers,
    query,
    storeId: database.storeId,
  };
  child.send(start);
  await subscribed(url, subscribers);
  const cpuBefore = await cpuSecondsOf(url);
  const at = await write(database, orders);
  const committed: Committed = { kind: 'committed', at };
  child.send(committed);
  const { latencies, missed, doubled } = await measured;
  const cpu = ((await cpuSecondsOf(url)) - cpuBefore) / seconds;
  latencies.sort((a, b) => a - b);
  return {
    subscribers,
    per_second: perSecond,
    p50_ms: percentile(latencies, 0.5),
    p95_ms: percentile(latencies, 0.95),
    p99_ms: percentile(latencies, 0.99),
    missed,
    doubled,
    selection,
    server_cores: Math.round(cpu * 100) / 100,
  };
}

function percentile(sorted: number[], share: number): number {
  return Math.round((sorted[Math.floor(sorted.length * share)] ?? NaN) * 10) / 10;
}

async function subscribed(url: string, expected: number): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    if (metrics.includes(`waybill_live_subscriptions ${expected}\n`)) return;
    await sleep(50);
  }
  throw new Error(`There never were ${expected} subscribers`);
}

async function dispatched(database: BenchDatabase): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const { rows } = await database.admin.query<{ done: boolean }>(
      "select app_private.dispatch_lag() = interval '0' as done",
    );
    if (rows[0]?.done) return;
    await sleep(50);
  }
  throw new Error('The dispatcher does not get on');
}

/** Moves at an even rate over a few connections; returns when each commit returned. */
async function write(database: BenchDatabase, orders: string[]): Promise<Record<string, number>> {
  const at: Record<string, number> = {};
  const clients = await Promise.all(Array.from({ length: 4 }, () => manager(database)));
  const startedAt = performance.now();
  await Promise.all(
    clients.map(async (client, n) => {
      for (let move = n; move < perSecond * seconds; move += clients.length) {
        const due = startedAt + (move * 1000) / perSecond;
        await sleep(Math.max(0, due - performance.now()));
        // Orders take turns, so that the moves of one are never in flight at the same time.
        const id = orders[move % orders.length] ?? '';
        const to = moves[Math.floor(move / orders.length)] ?? '';
        const seq = await transition(client, id, to);
        at[`${id} ${seq}`] = performance.timeOrigin + performance.now();
      }
    }),
  );
  await Promise.all(clients.map((client) => client.end()));
  return at;
}

async function manager({ url, merchantId }: BenchDatabase): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    `select set_config('jwt.claims.merchant_id', '${merchantId}', false),
       set_config('jwt.claims.member_id', '1', false), set_config('jwt.claims.role', 'manager', false)`,
  );
  await client.query('set role waybill_member');
  return client;
}

const ship = "select seq from app_public.ship_order($1, '57930810000011')";
const move = 'select seq from app_public.transition_order($1, $2)';

async function transition(client: pg.Client, id: string, to: string): Promise<number> {
  const { rows } =
    to === 'shipped'
      ? await client.query<{ seq: number }>(ship, [id])
      : await client.query<{ seq: number }>(move, [id, to]);
  return rows[0]?.seq ?? NaN;
}
