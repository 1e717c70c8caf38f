/**
 * Whether subscribers are told everything, once, whatever happens: clients that come and go, servers that
 * are killed, a dispatcher that is killed, a database that stops at once and recovers, and another
 * database of the same cluster with a transaction that stays open. Compared with the log in SQL.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

import { databaseUrl, withClient } from '../../database/connection.ts';
import { freePort } from '../../database/embedded/port.ts';
import { migrate } from '../../database/migrate.ts';
import { demoMembers } from '../../demo/credentials.ts';
import { seedDemo } from '../../demo/seed.ts';
import { benchSecret as secret } from '../bench-server.ts';
import { compare, expectations } from './chaos-compare.ts';
import {
  customerClient,
  memberClient,
  shippingClient,
  streamClient,
  type ChaosClient,
  type World,
} from './chaos-clients.ts';
import { write } from './chaos-writers.ts';
import { startServerProcess, type ServerProcess } from '../server-process.ts';
import { withRestartableServer } from '../restartable-server.ts';
import { keepDispatching } from './processes.ts';
import { signIn } from './sign-in.ts';

export interface ChaosOptions {
  clients: number;
  perSecond: number;
  seconds: number;
  servers: number;
  say: (line: string) => void;
}

export async function runChaos(options: ChaosOptions) {
  return withRestartableServer('chaos', ({ url, restart }) => underChaos(options, url, restart));
}

async function underChaos(options: ChaosOptions, url: string, restart: () => Promise<void>) {
  await migrate({ adminUrl: url, secret, log: () => undefined });
  await seedDemo(url, { secret });
  const target = { url, secret };
  const dispatcher = keepDispatching(target);
  const ports = await Promise.all(Array.from({ length: options.servers }, () => freePort()));
  const servers = await Promise.all(ports.map((port) => startServerProcess(target, port)));
  const clients: ChaosClient[] = [];
  try {
    const { world, merchantId } = await prepare(url, servers);
    enlist(clients, world, options.clients);
    const writing = write({
      url,
      merchantId,
      storeId: world.storeId,
      perSecond: options.perSecond,
      seconds: options.seconds,
      onOrder: (publicId) => joinAsCustomer(clients, world, publicId, options.clients),
    });
    const done = await disturb({
      options,
      servers,
      ports,
      clients,
      target,
      dispatcher,
      restart,
      writing,
    });
    return await withClient(url, async (admin) => {
      const expected = await expectations(admin, world, clients);
      await settle(clients, expected);
      const sum = (of: (client: ChaosClient) => number) =>
        clients.reduce((total, client) => total + of(client), 0);
      return {
        clients: clients.length,
        per_second: options.perSecond,
        seconds: options.seconds,
        ...done,
        reconnects: sum(({ reconnects }) => reconnects),
        ...(await compare(admin, clients)),
        disordered: sum(({ disordered }) => disordered),
      };
    });
  } finally {
    clients.forEach((client) => client.stop());
    await Promise.all(servers.map((server) => server.stop()));
    await dispatcher.stop();
  }
}

async function prepare(url: string, servers: ServerProcess[]) {
  const anyUrl = () => servers[Math.floor(Math.random() * servers.length)]?.url ?? '';
  const token = await signIn(anyUrl(), demoMembers[0]?.email ?? '');
  return withClient(url, async (admin) => {
    const { rows } = await admin.query<{
      merchant_id: number;
      id: number;
      start: string;
      now: string;
    }>(
      `select s.merchant_id, s.id, p.stream || '.' || p.position as start, clock_timestamp()::text as now
       from app_public.stores s, app_private.live_position() p where s.workflow = 'shipping'`,
    );
    const [store] = rows;
    if (!store) throw new Error('The demo has no web shop');
    const world: World = {
      anyUrl,
      token,
      storeId: store.id,
      start: store.start,
      startedAt: store.now,
    };
    return { world, merchantId: store.merchant_id };
  });
}

/** Of ten clients six see the orders move, two over a stream of events, one the shipping. */
function enlist(clients: ChaosClient[], world: World, count: number): void {
  for (let n = 0; n < count * 0.9; n += 1) {
    if (n % 9 < 6) clients.push(memberClient(world, n % 9 === 0));
    else clients.push(n % 9 === 6 ? shippingClient(world) : streamClient(world));
  }
}

/** The tenth is a customer, who comes when there is an order. */
function joinAsCustomer(clients: ChaosClient[], world: World, publicId: string, most: number) {
  if (clients.length < most) clients.push(customerClient(world, publicId));
}

interface Scene {
  options: ChaosOptions;
  servers: ServerProcess[];
  ports: number[];
  clients: ChaosClient[];
  target: { url: string; secret: string };
  dispatcher: ReturnType<typeof keepDispatching>;
  restart: () => Promise<void>;
  writing: Promise<void>;
}

async function disturb(scene: Scene) {
  const { options, servers, ports, clients, target, dispatcher, restart, writing } = scene;
  const startedAt = performance.now();
  const at = (share: number) =>
    sleep(Math.max(0, startedAt + options.seconds * 1000 * share - performance.now()));
  const elsewhere = new pg.Client({ connectionString: databaseUrl(target.url, 'postgres') });
  elsewhere.on('error', () => undefined); // the database stops
  await elsewhere.connect();
  await elsewhere.query('begin; select pg_current_xact_id()');
  // Each client drops out every five seconds or so.
  const dropping = setInterval(() => {
    for (const client of clients) if (Math.random() < 0.02) client.drop();
  }, 100);
  const killServer = async (n: number) => {
    options.say('a server is killed');
    await servers[n]?.kill();
    await sleep(500);
    servers[n] = await startServerProcess(target, ports[n] ?? 0);
  };
  await at(0.2);
  await killServer(0);
  await at(0.4);
  options.say('the dispatcher is killed');
  dispatcher.kill();
  await at(0.5);
  options.say('Postgres is restarted');
  await restart();
  await at(0.75);
  if (options.servers > 2) await killServer(options.servers - 1);
  await writing;
  clearInterval(dropping);
  await elsewhere.end().catch(() => undefined);
  return { servers_killed: options.servers > 2 ? 2 : 1, postgres_restarts: 1 };
}

/** Everybody may take a while to be told of the last things; what is told twice may come late, too. */
async function settle(clients: ChaosClient[], expected: number): Promise<void> {
  const endsAt = performance.now() + 30_000;
  const told = () => clients.reduce((sum, { received }) => sum + received.length, 0);
  while (told() < expected && performance.now() < endsAt) await sleep(100);
  await sleep(500);
}
