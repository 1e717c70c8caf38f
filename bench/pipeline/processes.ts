/** Everything that an order passes through, each in a process of its own, as in production. */
import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { carrierCredentials } from '../../demo/credentials.ts';
import { freePort } from '../../database/embedded/port.ts';
import type { BenchDatabase } from '../bench-database.ts';
import { childrenOf, cpuMs, postmasterOf } from '../cpu.ts';
import { endProcess, runProcess, startServerProcess } from '../server-process.ts';

/** What each part has used so far. The supervisor counts with its workers. */
export interface CpuMs {
  server: number;
  workers: number;
  dispatcher: number;
  postgres: number;
  sandbox: number;
  load: number;
}

export interface Pipeline {
  /** Where the server takes webhooks. */
  url: string;
  cpu(): Promise<CpuMs>;
  stop(): Promise<void>;
}

/** The accounts of the demo merchant, in the order of demo/seed.sql. */
const accountOf = Object.fromEntries(
  Object.keys(carrierCredentials).map((carrier, n) => [carrier, n + 1]),
);

export async function startPipeline(
  database: BenchDatabase,
  { workers, latencyMs }: { workers: number; latencyMs: number },
): Promise<Pipeline> {
  const serverPort = await freePort();
  const sandboxPort = await freePort();
  const env = productionSettings(sandboxPort);
  const sandbox = await startSandbox(database, sandboxPort, serverPort, latencyMs);
  const server = await startServerProcess(database, serverPort, env);
  const supervisor = runProcess('cli/worker.ts', database, {
    ...env,
    WORKER_PROCESSES: String(workers),
  });
  const postmaster = await postmasterOf(database.admin);
  return {
    url: server.url,
    cpu: async () => ({
      server: await cpuMs(server.pid),
      ...(await workersCpu(supervisor)),
      postgres: await cpuMs(postmaster, true),
      sandbox: await cpuMs(sandbox.pid!),
      load: await cpuMs(process.pid),
    }),
    async stop() {
      await endProcess(supervisor);
      await server.stop();
      await endProcess(sandbox);
    },
  };
}

/** As in production, but that a log line is written only when something is wrong. */
function productionSettings(sandboxPort: number): NodeJS.ProcessEnv {
  const sandbox = `http://127.0.0.1:${sandboxPort}`;
  return {
    NODE_ENV: 'production',
    LOG_LEVEL: 'warn',
    PUBLIC_URL: 'https://waybill.example',
    WHATSAPP_APP_SECRET: 'sandbox-whatsapp-app-secret',
    WHATSAPP_VERIFY_TOKEN: 'of the bench',
    DELHIVERY_BASE_URL: `${sandbox}/delhivery`,
    SHIPROCKET_BASE_URL: `${sandbox}/shiprocket/v1/external`,
    BLUEDART_BASE_URL: `${sandbox}/bluedart`,
    WHATSAPP_BASE_URL: `${sandbox}/whatsapp`,
  };
}

async function startSandbox(
  database: BenchDatabase,
  port: number,
  serverPort: number,
  latencyMs: number,
): Promise<ChildProcess> {
  const webhooks = `http://127.0.0.1:${serverPort}/webhooks`;
  const child = runProcess('sandbox/index.ts', database, {
    SANDBOX_PORT: String(port),
    SANDBOX_SMTP_PORT: '0',
    SANDBOX_LATENCY_MS: String(latencyMs),
    SANDBOX_RATE_LIMITS: 'off',
    SANDBOX_LABEL_FAILURE_RATE: '0',
    // Short, but not so short that parcels are scanned before their label was fetched.
    SANDBOX_PARCEL_STEP_MS: '200',
    SANDBOX_MESSAGE_STEP_MS: '50',
    // A scan that came too late for the carrier's patience would wait for the poll, a minute.
    SANDBOX_CARRIER_WEBHOOK_TIMEOUT_MS: '10000',
    SANDBOX_CARRIER_WEBHOOK_URL: `${webhooks}/carrier/${accountOf.delhivery}`,
    SANDBOX_SHIPROCKET_WEBHOOK_URL: `${webhooks}/carrier/${accountOf.shiprocket}`,
    SANDBOX_BLUEDART_WEBHOOK_URL: `${webhooks}/carrier/${accountOf.bluedart}`,
    SANDBOX_WHATSAPP_WEBHOOK_URL: `${webhooks}/whatsapp`,
  });
  for (const end = Date.now() + 30_000; ; await sleep(50)) {
    const answers = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    await answers?.arrayBuffer();
    if (answers !== undefined) return child;
    if (child.exitCode !== null || Date.now() > end) throw new Error('The sandbox does not start');
  }
}

async function workersCpu(supervisor: ChildProcess) {
  let workers = await cpuMs(supervisor.pid!);
  let dispatcher = 0;
  for (const { pid, ms } of await childrenOf(supervisor.pid!)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes('run-dispatcher')) dispatcher += ms;
    else workers += ms;
  }
  return { workers, dispatcher };
}
