/**
 * The measure: express and pg, and nothing else. It runs the statements that the GraphQL server was seen to
 * send, in as many transactions, each with the same role and claims, and answers with the rows.
 * Started by processes.ts, which tells it what to run.
 */
import express from 'express';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type pg from 'pg';
import { createPool } from '../../database/connection.ts';
import type { Transaction } from './capture.ts';
import { placeholder } from './operations.ts';

export interface BareOptions {
  databaseUrl: string;
  connections: number;
  settings: Record<string, string>;
  /** By operation, and in it by set of variables. */
  plans: Record<string, { parallel: boolean; variants: Transaction[][] }>;
}

interface Request {
  operation: string;
  variant: number;
  order?: string;
  key?: string;
}

process.once('message', (message) => {
  start(message as BareOptions); // sent by processes.ts
});

function start(options: BareOptions): void {
  const pool = createPool(options.databaseUrl, {
    applicationName: 'waybill-bare',
    max: options.connections,
    onError: (error) => process.stderr.write(`${error.message}\n`),
  });
  const settings = JSON.stringify(Object.entries(options.settings));
  const app = express();
  app.use(express.json());
  app.post('/run', async (request, response) => {
    response.json(await run(pool, settings, options.plans, request.body as Request)); // from load.ts
  });
  const server = createServer(app);
  server.listen(0, '127.0.0.1', () => {
    process.send?.((server.address() as AddressInfo).port); // a TCP server's address is one
  });
}

async function run(
  pool: pg.Pool,
  settings: string,
  plans: BareOptions['plans'],
  request: Request,
): Promise<unknown[]> {
  const { parallel, variants } = plans[request.operation]!;
  const transactions = variants[request.variant]!;
  if (parallel) return Promise.all(transactions.map((t) => runOne(pool, settings, t, request)));
  const answers = [];
  for (const transaction of transactions) {
    answers.push(await runOne(pool, settings, transaction, request));
  }
  return answers;
}

async function runOne(
  pool: pg.Pool,
  settings: string,
  transaction: Transaction,
  request: Request,
): Promise<unknown> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query(
      'select set_config(el->>0, el->>1, true) from json_array_elements($1::json) el',
      [settings],
    );
    const answers = [];
    for (const { text, values } of transaction) {
      const own = values.map((value) => fill(value, request));
      answers.push((await client.query({ name: nameOf(text), text, values: own })).rows);
    }
    await client.query('commit');
    return answers;
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}

function fill(value: string | null, { order, key }: Request): string | null {
  return (
    value?.replaceAll(placeholder.order, order ?? '').replaceAll(placeholder.key, key ?? '') ?? null
  );
}

const names = new Map<string, string>();

/** Prepared once a connection, as the GraphQL server does. */
function nameOf(text: string): string {
  const known = names.get(text) ?? `s${names.size}`;
  names.set(text, known);
  return known;
}
