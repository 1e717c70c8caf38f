/**
 * What GraphQL costs: the mutation and the three hottest queries through the real server, against express
 * and pg running the same SQL with the same role switch, interleaved, at 1 and 16 connections, and all of it
 * again with a hundred times as many orders.
 *
 *   npm run bench -- graphql [--orders 10000,1000000] [--seconds 3] [--connections 1,16] [--data-dir FOLDER] [--json]
 *
 * --data-dir keeps the databases, so that the next run need not write their history again.
 */
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { loginUrl } from '../database/connection.ts';
import { demoMembers, demoPassword } from '../demo/credentials.ts';
import { value } from '../sql-tests/support/query.ts';
import { captureStatements } from './graphql/capture.ts';
import type { Transaction } from './graphql/capture.ts';
import { operationsFor, placeholder, someOrders } from './graphql/operations.ts';
import type { BenchOperation } from './graphql/operations.ts';
import { cpuMs, runLoad, startBareServer, startGraphQLServer } from './graphql/processes.ts';
import type { MeasuredProcess } from './graphql/processes.ts';
import type { BenchResult } from './run.ts';
import { benchSecret, withSizedDatabases } from './sized-database.ts';

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
    for (const operation of operations) {
      for (const connections of size.connections) {
        const row = await measureCell({ admin, server, bare, operation, connections, size });
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
  server: MeasuredProcess;
  bare: MeasuredProcess;
  operation: BenchOperation;
  connections: number;
  size: Size;
}

/** In turns, so that a slow minute of the machine hits both alike. The first of each warms up. */
async function measureCell(cell: Cell): Promise<Row> {
  const { operation, connections, size } = cell;
  await measureOnce(cell, 'graphql', 1);
  await measureOnce(cell, 'bare', 1);
  const ours = [];
  const bare = [];
  for (let round = 0; round < 2; round += 1) {
    ours.push(await measureOnce(cell, 'graphql', size.seconds));
    bare.push(await measureOnce(cell, 'bare', size.seconds));
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
  { admin, server, bare, operation, connections }: Cell,
  kind: 'graphql' | 'bare',
  seconds: number,
): Promise<Measured> {
  const orderIds =
    operation.orders === 'new'
      ? await newOrders(admin, Math.ceil((seconds * maxRate) / operation.variables.length))
      : operation.orders === 'any'
        ? await someOrders(admin, 2_000)
        : [];
  const target = kind === 'graphql' ? server : bare;
  const token = kind === 'graphql' ? await signIn(server.url) : '';
  const postmaster = await postmasterOf(admin);
  const before = [await cpuMs(target.pid), await cpuMs(postmaster, true)] as const;
  const { url } = target;
  const done = await runLoad({ url, kind, token, operation, connections, seconds, orderIds });
  return {
    rps: done.requests / done.seconds,
    serverMs: ((await cpuMs(target.pid)) - before[0]) / done.requests,
    dbMs: ((await cpuMs(postmaster, true)) - before[1]) / done.requests,
  };
}

/** No machine that this was tried on makes more moves in a second. */
const maxRate = 6_000;

/** In status pending. In chunks: the merchant's counter is one row, whose versions pile up. */
async function newOrders(admin: pg.Client, count: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const { rows } = await admin.query<{ id: string }>(
      `with claims as materialized (
         select set_config('jwt.claims.merchant_id', '1', false), set_config('jwt.claims.role', 'manager', false)
       )
       select (app_public.place_order(jsonb_build_object(
         'store_id', (select id from app_public.stores where merchant_id = 1 and workflow = 'shipping'),
         'payment_mode', 'prepaid', 'total_minor', 79900,
         'items', '[{"title": "Cotton kurta", "quantity": 1, "unit_price_minor": 79900}]'::jsonb,
         'ship_to', '{"name": "Asha R", "phone": "+919847000000", "address1": "12/4 Beach Road", "pincode": "682001"}'::jsonb
       ))).id
       from claims, generate_series(1, 200)`,
    );
    ids.push(...rows.map((row) => row.id));
  }
  return ids;
}

function postmasterOf(admin: pg.Client): Promise<number> {
  return value<number>(
    admin,
    `select (regexp_match(pg_read_file('postmaster.pid'), '^[0-9]+'))[1]::integer as value`,
  );
}

async function signIn(url: string): Promise<string> {
  const response = await fetch(`${url}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: demoMembers[1].email, password: demoPassword }),
  });
  const answer = (await response.json()) as { accessToken?: string }; // as server/auth/routes.ts says
  if (!answer.accessToken) throw new Error(`Signing in was refused: ${JSON.stringify(answer)}`);
  return answer.accessToken;
}

/** Sends each request once through a server whose statements are read along, and starts the bare one. */
async function startBare(
  url: string,
  admin: pg.Client,
  operations: BenchOperation[],
): Promise<MeasuredProcess> {
  const capture = await captureStatements(url);
  const server = await startGraphQLServer(capture.url);
  try {
    const token = await signIn(server.url);
    const [order = ''] = await newOrders(admin, 1);
    const plans: Record<string, { parallel: boolean; variants: Transaction[][] }> = {};
    for (const operation of operations) {
      const variants: Transaction[][] = [];
      for (const variables of operation.variables) {
        const own = { order, key: randomUUID() };
        const sent = await capture.during(() => ask(server.url, token, operation, variables, own));
        variants.push(withPlaceholders(sent, own));
      }
      plans[operation.name] = { parallel: operation.orders !== 'new', variants };
    }
    return await startBareServer({
      databaseUrl: loginUrl(url, 'waybill_server', benchSecret),
      connections: 16,
      settings: {
        role: 'waybill_member',
        'jwt.claims.merchant_id': '1',
        'jwt.claims.member_id': '2',
        'jwt.claims.role': 'manager',
        statement_timeout: '8s',
      },
      plans,
    });
  } finally {
    await server.stop();
    await capture.close();
  }
}

async function ask(
  url: string,
  token: string,
  { name, query }: BenchOperation,
  variables: Record<string, unknown>,
  { order, key }: typeof placeholder,
): Promise<void> {
  const body = JSON.stringify({ query, variables })
    .replaceAll(placeholder.order, order)
    .replaceAll(placeholder.key, key);
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body,
  });
  const answer = await response.text();
  if (!response.ok || answer.includes('"errors":')) throw new Error(`${name}: ${answer}`);
}

function withPlaceholders(
  transactions: Transaction[],
  { order, key }: typeof placeholder,
): Transaction[] {
  const text = JSON.stringify(transactions)
    .replaceAll(order, placeholder.order)
    .replaceAll(key, placeholder.key);
  return JSON.parse(text) as Transaction[]; // the same shape
}
