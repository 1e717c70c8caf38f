/**
 * The whole of Waybill in this process, beside a sandbox: server, tasks and dispatcher write into one
 * log that a test can read. What runs when is up to the test.
 */
import { runOnce } from 'graphile-worker';
import type { TaskList } from 'graphile-worker';
import type pg from 'pg';
import { pino } from 'pino';
import type { Logger } from 'pino';

import { buildWebhook } from '../channels/shopify/build-webhook.ts';
import { codOrder } from '../channels/shopify/samples.ts';
import { loadConfig } from '../config.ts';
import type { Config } from '../config.ts';
import { createPool } from '../database/connection.ts';
import { demoPassword, shopifyCredentials } from '../demo/credentials.ts';
import { seedDemo } from '../demo/seed.ts';
import { startSandbox } from '../sandbox/sandbox.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { startServer } from '../server/app.ts';
import type { RunningServer } from '../server/app.ts';
import { createTestDatabase } from '../sql-tests/support/database.ts';
import type { TestDatabase } from '../sql-tests/support/database.ts';
import { testSecret } from '../sql-tests/support/test-server.ts';
import { until } from '../sql-tests/support/until.ts';
import { loadTasks } from '../worker/load-tasks.ts';
import { workerLogger } from '../worker/worker-logger.ts';

export interface OneProcess {
  database: TestDatabase;
  sandbox: Sandbox;
  server: RunningServer;
  /** Every line that anything logged, at any level. */
  lines: string[];
  config: Config;
  webhook(id: number, change: object, topic?: string): Promise<number>;
  graphql(role: 'owner' | 'staff', query: string, variables?: object): Promise<GraphQLAnswer>;
  /** Lets dispatcher and tasks run until a query returns a row; returns its first. */
  workUntil<T extends object>(what: string, sql: string, values?: unknown[]): Promise<T>;
  close(): Promise<void>;
}

export interface GraphQLAnswer {
  data?: Record<string, Record<string, unknown> | null> | null;
  errors?: { message: string; extensions: Record<string, unknown> }[];
}

/** The demo merchant's store that Shopify delivers to, and its carrier account. */
const store = 1;
/** In the order of demo/seed.sql. */
const carrierAccounts = { delhivery: 1, shiprocket: 2, bluedart: 3 };

export async function startInOneProcess({
  parcelStepMs = 20,
  failureSteps = 3,
} = {}): Promise<OneProcess> {
  const database = await createTestDatabase();
  await seedDemo(database.url, { secret: testSecret });
  const sandbox = await startSandbox({
    port: 0,
    labelFailureRate: 0,
    parcelStepMs,
    failureSteps,
    messageStepMs: 20,
  });
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  const config = loadConfig({
    NODE_ENV: 'test',
    WAYBILL_SECRET: testSecret,
    DATABASE_URL: database.serverUrl,
    DELHIVERY_BASE_URL: `${sandbox.url}/delhivery`,
    SHIPROCKET_BASE_URL: `${sandbox.url}/shiprocket/v1/external`,
    BLUEDART_BASE_URL: `${sandbox.url}/bluedart`,
    WHATSAPP_BASE_URL: `${sandbox.url}/whatsapp`,
  });
  const server = await startServer(config, {
    port: 0,
    logger: log,
    dashboardDirectory: '/nowhere',
  });
  sandbox.setWebhookTargets({
    carrier: `${server.url}/webhooks/carrier/${carrierAccounts.delhivery}`,
    shiprocket: `${server.url}/webhooks/carrier/${carrierAccounts.shiprocket}`,
    bluedart: `${server.url}/webhooks/carrier/${carrierAccounts.bluedart}`,
    whatsapp: `${server.url}/webhooks/whatsapp`,
  });
  const db = createPool(database.workerUrl, {
    applicationName: 'test worker',
    max: 6,
    onError: () => undefined,
  });
  db.on('connect', (client) => client.on('error', () => undefined));
  const taskList = await loadTasks({ db, config, log, now: () => new Date() });
  return {
    database,
    sandbox,
    server,
    lines,
    config,
    webhook: (id, change, topic = 'orders/create') => sendOrder(server, id, change, topic),
    graphql: (role, query, variables) => ask(server, role, query, variables),
    workUntil: <T extends object>(what: string, sql: string, values: unknown[] = []) =>
      until(
        what,
        async () => {
          await work(db, taskList, log);
          return (await database.pool.query<T>(sql, values)).rows[0];
        },
        80_000,
      ),
    close: async () => {
      await server.close();
      await sandbox.close();
      await db.end();
      await database.drop();
    },
  };
}

async function work(db: pg.Pool, taskList: TaskList, log: Logger): Promise<void> {
  await db.query('select app_private.dispatch_events()');
  await db.query(
    'select app_private.sweep_inbound(), app_private.sweep_effects(), app_private.sweep_checks()',
  );
  await runOnce({
    pgPool: db,
    taskList,
    noHandleSignals: true,
    concurrency: 4,
    logger: workerLogger(log),
  });
}

let deliveries = 0;

async function sendOrder(
  server: RunningServer,
  id: number,
  change: object,
  topic: string,
): Promise<number> {
  deliveries += 1;
  const { headers, body } = buildWebhook({
    secret: shopifyCredentials.webhookSecret,
    shopDomain: 'waybill-demo.myshopify.com',
    topic,
    payload: {
      ...codOrder,
      id,
      admin_graphql_api_id: `gid://shopify/Order/${id}`,
      name: `#${id}`,
      ...change,
    },
    webhookId: `hook-${deliveries}`,
    eventId: `event-${deliveries}`,
    triggeredAt: '2026-01-06T05:30:00Z',
  });
  const answer = await fetch(`${server.url}/webhooks/shopify/${store}`, {
    method: 'POST',
    headers,
    body,
  });
  await answer.arrayBuffer();
  return answer.status;
}

async function ask(
  server: RunningServer,
  role: string,
  query: string,
  variables: object = {},
): Promise<GraphQLAnswer> {
  const headers = { 'content-type': 'application/json' };
  const signIn = await fetch(`${server.url}/auth/login`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ email: `${role}@demo.waybill`, password: demoPassword }),
  });
  const { accessToken } = (await signIn.json()) as { accessToken: string };
  const answer = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { ...headers, authorization: `Bearer ${accessToken}` },
    body: JSON.stringify({ query, variables }),
  });
  return (await answer.json()) as GraphQLAnswer;
}
