/**
 * What GraphQL costs: the mutation and the three hottest queries through the real server, against express
 * and pg running the same SQL with the same role switch, interleaved, at 1 and 16 connections, and all of it
 * again with a hundred times as many orders.
 *
 *   npm run bench -- graphql [--orders 10000,1000000] [--seconds 3] [--connections 1,16] [--data-dir FOLDER] [--json]
 *
 * --data-dir keeps the databases, so that the next run need not write their history again.
 */
import { parseArgs } from 'node:util';
import pg from 'pg';
import { loginUrl } from '../database/connection.ts';
import { captureOperations, memberSettings, newOrders, signIn } from './graphql/captured.ts';
import { operationsFor, someOrders } from './graphql/operations.ts';
import type { BenchOperation } from './graphql/operations.ts';
import { benchSecret } from './bench-server.ts';
import { cpuMs, postmasterOf } from './cpu.ts';
import { runLoad, startBareServer, startGraphQLServer } from './graphql/processes.ts';
import type { MeasuredProcess } from './graphql/processes.ts';
import type { BenchResult } from './run.ts';
import { withSizedDatabases } from './sized-database.ts';

type Say = (line: string) => void;

interface Size {
  orders: number;
  seconds: number;
  connections: number[];
  say: Say;
}

export async function graphql(say: Say, flags: string[]): Promise<BenchResult> {
  const { values } = parseArgs({
    args: flags,
    options: {
      orders: { type: 'string', default: '10000,1000000' },
      seconds: { type: 'string', default: '3' },
      connections: { type: 'string', default: '1,16' },
      'data-dir': { type: 'string' },
    },
  });
  const numbers = (text: string) => text.split(',').map(Number);
  return withSizedDatabases({ dataDir: values['data-dir'], say }, async (databases) => {
    const rows: Row[] = [];
    for (const orders of numbers(values.orders)) {
      const url = await databases.open(orders);
      const connections = numbers(values.connections);
      const size = { orders, connections, seconds: Number(values.seconds), say };
      rows.push(...(await measureSize(url, size)));
    }
    return { name: 'graphql', rows };
  });
}

interface Row extends Record<string, number | string> {
  operation: string;
  connections: number;
  orders: number;
  rps: number;
  bare_rps: number;
  ratio: number;
  server_cpu_ms: number;
  db_cpu_ms: number;
}

async function measureSize(url: string, size: Size): Promise<Row[]> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  const started: MeasuredProcess[] = [];
  try {
    const operations = await operationsFor(admin);
    const bare = await startBare(url, admin, operations);
    started.push(bare);
    const server = await startGraphQLServer(url);
    started.push(server);
    const rows = [];
    const fresh: string[] = [];
    for (const operation of operations) {
      for (const connections of size.connections) {
        const row = await measureCell({ admin, fresh, server, bare, operation, connections, size });
        rows.push(row);
        size.say(JSON.stringify(row));
      }
    }
    return rows;
  } finally {
    await Promise.all([...started.map((one) => one.stop()), admin.end()]);
  }
}

interface Cell {
  admin: pg.Client;
  /** Orders that no load has moved yet. */
  fresh: string[];
  server: MeasuredProcess;
  bare: MeasuredProcess;
  operation: BenchOperation;
  connections: number;
  size: Size;
}

/** In turns, so that a slow minute of the machine hits both alike. The first of each warms up. */
async function measureCell(cell: Cell): Promise<Row> {
  const { operation, connections, size } = cell;
  const ours = [];
  const bare = [];
  const warm = { graphql: await measureOnce(cell, 'graphql', 1, guessedRate) };
  const rates = { ...warm, bare: await measureOnce(cell, 'bare', 1, guessedRate) };
  for (let round = 0; round < 2; round += 1) {
    ours.push(await measureOnce(cell, 'graphql', size.seconds, rates.graphql.rps * 2));
    bare.push(await measureOnce(cell, 'bare', size.seconds, rates.bare.rps * 2));
  }
  const mean = (of: Measured[], what: keyof Measured) =>
    of.reduce((sum, one) => sum + one[what], 0) / of.length;
  const round = (n: number, digits: number) => Number(n.toFixed(digits));
  const rps = mean(ours, 'rps');
  return {
    operation: operation.name,
    connections,
    orders: size.orders,
    rps: round(rps, 0),
    bare_rps: round(mean(bare, 'rps'), 0),
    ratio: round(rps / mean(bare, 'rps'), 2),
    server_cpu_ms: round(mean(ours, 'serverMs'), 2),
    db_cpu_ms: round(mean(ours, 'dbMs'), 2),
    bare_server_cpu_ms: round(mean(bare, 'serverMs'), 2),
    bare_db_cpu_ms: round(mean(bare, 'dbMs'), 2),
  };
}

interface Measured {
  rps: number;
  serverMs: number;
  dbMs: number;
}

async function measureOnce(
  { admin, fresh, server, bare, operation, connections }: Cell,
  kind: 'graphql' | 'bare',
  seconds: number,
  rate: number,
): Promise<Measured> {
  const orderIds = await ordersFor(admin, fresh, operation, seconds * rate);
  const target = kind === 'graphql' ? server : bare;
  const token = kind === 'graphql' ? await signIn(server.url) : '';
  const postmaster = await postmasterOf(admin);
  const before = [await cpuMs(target.pid), await cpuMs(postmaster, true)] as const;
  const { url } = target;
  const done = await runLoad({ url, kind, token, operation, connections, seconds, orderIds });
  if (operation.orders === 'new') fresh.push(...orderIds.slice(done.ordersUsed));
  return {
    rps: done.requests / done.seconds,
    serverMs: ((await cpuMs(target.pid)) - before[0]) / done.requests,
    dbMs: ((await cpuMs(postmaster, true)) - before[1]) / done.requests,
  };
}

/** Moves a second that the warm-up is given orders for. */
const guessedRate = 2_500;

/** As few new ones as will do: the database is to stay of its size. */
async function ordersFor(
  admin: pg.Client,
  fresh: string[],
  { orders, variables }: BenchOperation,
  requests: number,
): Promise<string[]> {
  if (orders === undefined) return [];
  if (orders === 'any') return someOrders(admin, 2_000);
  const needed = Math.ceil(requests / variables.length) + 20;
  const missing = needed - fresh.length;
  if (missing > 0) fresh.push(...(await newOrders(admin, missing)));
  return fresh.splice(0, needed);
}

async function startBare(
  url: string,
  admin: pg.Client,
  operations: BenchOperation[],
): Promise<MeasuredProcess> {
  const sent = await captureOperations(url, admin, operations);
  return startBareServer({
    databaseUrl: loginUrl(url, 'waybill_server', benchSecret),
    connections: 16,
    settings: memberSettings,
    plans: Object.fromEntries(
      operations.map(({ name, orders }) => [
        name,
        { parallel: orders !== 'new', variants: sent.get(name) ?? [] },
      ]),
    ),
  });
}
