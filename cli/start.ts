/**
 * `npm start`: everything on this machine, in one foreground process group. Outside production that is
 * the demo: an embedded PostgreSQL, a demo merchant, a sandbox for the outside world and orders that
 * come in by themselves. In production it is the server and the workers on the given database.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ConfigError, loadConfig, parseEnvironment } from '../config.ts';
import type { Config } from '../config.ts';
import { loginUrl } from '../database/connection.ts';
import { readLocalSecret, startLocalServer } from '../database/local-server.ts';
import { migrate } from '../database/migrate.ts';
import { startFeed } from '../demo/feed.ts';
import { demoMembers, demoPassword } from '../demo/credentials.ts';
import { seedDemo } from '../demo/seed.ts';
import { Children } from './children.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

interface Stoppable {
  stop: () => void | Promise<void>;
}

/** What has been started, to be stopped in the opposite order. */
const started: Stoppable[] = [];

/** A start that failed before anything ran is no crash: one line says what is wrong. */
class StartError extends Error {}

async function start(): Promise<void> {
  const settings = parseEnvironment(process.env);
  const config = settings.NODE_ENV === 'production' ? loadConfig(process.env) : await demoConfig();
  await refuseBusyPort(config.host, config.port, 'PORT');
  if (!config.production) {
    await refuseBusyPort('127.0.0.1', config.sandboxPort, 'SANDBOX_PORT');
    await refuseBusyPort('127.0.0.1', config.sandboxSmtpPort, 'SANDBOX_SMTP_PORT');
  }
  await migrate({ adminUrl: config.databaseDirectUrl, secret: config.secret, log: say });
  if (!config.production && (await seedDemo(config.databaseDirectUrl, config)))
    say('Seeded the demo merchant');
  await buildDashboard();
  startProcesses(config);
  await serverIsReady(config);
  say(banner(config));
  if (!config.production) started.push(startFeed(config));
}

async function demoConfig(): Promise<Config> {
  const settings = parseEnvironment(process.env);
  const secret = settings.WAYBILL_SECRET ?? (await readLocalSecret(settings.WAYBILL_DATA_DIR));
  if (settings.DATABASE_URL !== undefined)
    return loadConfig(process.env, { secret, databaseUrl: settings.DATABASE_URL });
  const server = await startLocalServer(settings.WAYBILL_DATA_DIR, say).catch((cause: unknown) => {
    throw new StartError(cause instanceof Error ? cause.message : String(cause), { cause });
  });
  started.push(server);
  return loadConfig(process.env, { secret, databaseUrl: server.url });
}

async function refuseBusyPort(host: string, port: number, setting: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (cause: NodeJS.ErrnoException) => {
      const why =
        cause.code === 'EADDRINUSE'
          ? 'is in use by another program'
          : `cannot be used (${cause.code})`;
      reject(
        new StartError(`Port ${port} ${why}. End that program, or set ${setting}.`, { cause }),
      );
    });
    probe.listen(port, host, () => probe.close(() => resolve()));
  });
}

/** In a process of its own: Vite sets NODE_ENV in the one it runs in, and our children would inherit it. */
async function buildDashboard(): Promise<void> {
  const root = fileURLToPath(new URL('../', import.meta.url));
  if (existsSync(`${root}dashboard/dist/index.html`)) return;
  say('Building the dashboard');
  const vite = `${root}node_modules/vite/bin/vite.js`;
  await promisify(execFile)(process.execPath, [
    vite,
    'build',
    `${root}dashboard`,
    '--logLevel',
    'warn',
  ]);
}

/** Children get the logins of their own roles, never the administrator's. */
function startProcesses(config: Config): void {
  const children = new Children();
  started.push(children);
  const env = {
    ...process.env,
    WAYBILL_SECRET: config.secret,
    DATABASE_URL: loginUrl(config.databaseUrl, 'waybill_server', config.secret),
    DATABASE_DIRECT_URL: loginUrl(config.databaseDirectUrl, 'waybill_server', config.secret),
  };
  if (!config.production) {
    children.start('sandbox', 'sandbox/index.ts', {
      ...process.env,
      SANDBOX_PORT: String(config.sandboxPort),
      SANDBOX_SMTP_PORT: String(config.sandboxSmtpPort),
      // Chance is seeded. With this seed two of the first ten parcels fail at the first try, so that a
      // demo shows it; over many orders it is 1.8 % with every seed.
      SANDBOX_SEED: process.env.SANDBOX_SEED ?? 'delhivery',
      // The accounts of the demo merchant, in the order of demo/seed.sql.
      SANDBOX_CARRIER_WEBHOOK_URL: `http://127.0.0.1:${config.port}/webhooks/carrier/1`,
      SANDBOX_SHIPROCKET_WEBHOOK_URL: `http://127.0.0.1:${config.port}/webhooks/carrier/2`,
      SANDBOX_BLUEDART_WEBHOOK_URL: `http://127.0.0.1:${config.port}/webhooks/carrier/3`,
      SANDBOX_WHATSAPP_WEBHOOK_URL: `http://127.0.0.1:${config.port}/webhooks/whatsapp`,
      SANDBOX_BOOKS_FILE: `${config.dataDir}/sandbox-books.json`,
    });
  }
  children.start('server', 'server/index.ts', env);
  children.start('worker', 'cli/worker.ts', env);
}

async function serverIsReady(config: Config): Promise<void> {
  const address = `http://${config.host}:${config.port}/readyz`;
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const ready = await fetch(address).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new StartError(`The server does not get ready at ${address}; its log above says why.`);
}

function banner(config: Config): string {
  const lines = [`Waybill runs at ${config.publicUrl}`, `  GraphQL    ${config.publicUrl}/graphql`];
  if (!config.production) {
    lines.push(
      `  Sandbox    http://127.0.0.1:${config.sandboxPort}  (carriers and WhatsApp, as they would answer)`,
    );
    for (const { email, role } of demoMembers)
      lines.push(`  Sign in    ${email} / ${demoPassword}  (${role})`);
    lines.push('  An order comes in every few seconds. Ctrl-C stops everything.');
  }
  return `\n${lines.join('\n')}\n`;
}

let stopping: Promise<void> | null = null;
async function stopAll(): Promise<void> {
  for (const part of started.reverse()) await part.stop();
}

function stop(code: number): void {
  stopping ??= stopAll().then(() => {
    say('Stopped');
    process.exit(code);
  });
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(0));

start().catch((error: unknown) => {
  if (stopping !== null) return;
  const expected = error instanceof StartError || error instanceof ConfigError;
  say(expected ? error.message : String(error instanceof Error ? error.stack : error));
  stop(1);
});
