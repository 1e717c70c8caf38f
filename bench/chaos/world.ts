/** Everything that a run needs, as processes of their own: sandbox, server, machines that work. */
import type pg from 'pg';

import { withClient } from '../../database/connection.ts';
import { freePort } from '../../database/embedded/port.ts';
import { migrate } from '../../database/migrate.ts';
import { seedDemo } from '../../demo/seed.ts';
import { startServerProcess, type ServerProcess, type Target } from '../server-process.ts';
import type { Carrier } from './faults.ts';
import { Machines } from './machines.ts';
import { startSandboxProcess, type SandboxProcess } from './sandbox-process.ts';

export interface World {
  sandbox: SandboxProcess;
  server: ServerProcess;
  machines: Machines;
  /** The stores that the orders go to. */
  stores: { merchantId: number; id: number }[];
}

export interface WorldOptions {
  target: Target;
  seed: string;
  /** Run once the demo's merchant is there. */
  prepare?: ((db: pg.Client) => Promise<unknown>) | undefined;
  machineCount: number;
  workersEach: number;
  parcelStepMs: number;
}

const concurrency = 10;

/** Workers of one machine that can be in the middle of a call. */
export function callsInFlight({ workersEach }: Pick<WorldOptions, 'workersEach'>): number {
  return workersEach * concurrency;
}

export async function withWorld<T>(
  options: WorldOptions,
  use: (world: World) => Promise<T>,
): Promise<T> {
  const { target, prepare } = options;
  await migrate({ adminUrl: target.url, secret: target.secret, log: () => undefined });
  await seedDemo(target.url, target);
  const { stores, accounts } = await withClient(target.url, async (db) => {
    await db.query(quickTracking);
    await prepare?.(db);
    return {
      stores: (await db.query<World['stores'][number]>(findStores)).rows,
      accounts: (await db.query<Account>(findAccounts)).rows,
    };
  });
  const started: { stop: () => Promise<void> }[] = [];
  const keep = <S extends { stop: () => Promise<void> }>(part: S): S => {
    started.unshift(part);
    return part;
  };
  try {
    const [sandboxPort, serverPort] = [await freePort(), await freePort()];
    const sandbox = keep(await startSandbox(options, sandboxPort, serverPort, accounts));
    const env = { ...environment(sandboxPort), PUBLIC_URL: `http://127.0.0.1:${serverPort}` };
    const server = keep(await startServerProcess(target, serverPort, env));
    const machines = keep(
      new Machines({
        target,
        count: options.machineCount,
        env: {
          ...env,
          WORKER_PROCESSES: String(options.workersEach),
          WORKER_CONCURRENCY: String(concurrency),
        },
      }),
    );
    return await use({ sandbox, server, machines, stores });
  } finally {
    for (const part of started) await part.stop();
  }
}

/** A webhook that is lost is made good by the next poll, which is not to be waited for. */
const quickTracking = 'update app_public.carrier_accounts set tracking_poll_seconds = 20';

const findStores = `
  select s.merchant_id as "merchantId", s.id from app_public.stores s
  where s.channel = 'shopify' and s.workflow = 'automated' order by s.id`;

const findAccounts = 'select a.carrier, a.id from app_public.carrier_accounts a order by a.id';

interface Account {
  carrier: Carrier;
  id: number;
}

/** Which setting tells the sandbox where a carrier's webhooks go. */
const addressOf: Record<Carrier, string> = {
  delhivery: 'SANDBOX_CARRIER_WEBHOOK_URL',
  shiprocket: 'SANDBOX_SHIPROCKET_WEBHOOK_URL',
  bluedart: 'SANDBOX_BLUEDART_WEBHOOK_URL',
};

function environment(sandboxPort: number): NodeJS.ProcessEnv {
  return {
    NODE_ENV: 'test',
    LOG_LEVEL: 'info',
    HOST: '127.0.0.1',
    // All services are where the sandbox is, unless somebody says otherwise.
    SANDBOX_PORT: String(sandboxPort),
    DELHIVERY_BASE_URL: '',
    SHIPROCKET_BASE_URL: '',
    BLUEDART_BASE_URL: '',
    WHATSAPP_BASE_URL: '',
  };
}

function startSandbox(
  { target, seed, parcelStepMs }: WorldOptions,
  port: number,
  serverPort: number,
  accounts: readonly Account[],
): Promise<SandboxProcess> {
  const server = `http://127.0.0.1:${serverPort}`;
  return startSandboxProcess(target, port, {
    // Nobody sends mail here; another sandbox on this machine may have the usual port.
    SANDBOX_SMTP_PORT: '0',
    SANDBOX_SEED: seed,
    SANDBOX_PARCEL_STEP_MS: String(parcelStepMs),
    SANDBOX_MESSAGE_STEP_MS: '400',
    SANDBOX_NDR_RATE: '0.04',
    SANDBOX_RTO_RATE: '0.03',
    SANDBOX_INDEX_DELAY_MS: '500',
    SANDBOX_WHATSAPP_WEBHOOK_URL: `${server}/webhooks/whatsapp`,
    ...Object.fromEntries(
      accounts.map(({ carrier, id }) => [addressOf[carrier], `${server}/webhooks/carrier/${id}`]),
    ),
  });
}
