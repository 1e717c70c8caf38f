/**
 * Whether orders survive everything at once: carriers that fail, answer late or not at all, webhooks that
 * are lost, workers that are killed, a database that is stopped in the middle. Afterwards our books are
 * compared with those of the outside world. docs/chaos.md says what was measured.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

import { withClient } from '../../database/connection.ts';
import type { CheckResult } from '../../demo/checks.ts';
import type { Books } from '../../demo/sandbox-books.ts';
import { benchSecret } from '../bench-server.ts';
import { withRestartableServer, type RestartableServer } from '../restartable-server.ts';
import { checkBooks } from './book-checks.ts';
import { callsFaulted } from './calls-served.ts';
import { checkAccepted, checkDatabase, checkReasons } from './checks.ts';
import { disturb, type Disturbances, type DisturbOptions, type Scene } from './disturb.ts';
import { drain, glance, type Drain, type Open } from './drain.ts';
import { readFigures, type Figures } from './figures.ts';
import { shop, type Accepted } from './shoppers.ts';
import { callsInFlight, withWorld, type World, type WorldOptions } from './world.ts';

export interface ChaosOptions extends Omit<WorldOptions, 'target'>, DisturbOptions {
  orders: number;
  /** How long everything may take to come to rest once the faults have stopped. */
  drainSeconds: number;
  /** A file descriptor for what the processes print. */
  log?: number;
}

export interface ChaosResult {
  orders: number;
  seconds: number;
  disturbances: Disturbances;
  drain: Drain;
  checks: CheckResult[];
  figures: Figures;
  /** Calls that the sandbox let fail on request, and all that it served. */
  faulted: { calls: number; of: number };
}

export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  return withRestartableServer('chaos', async (database) => {
    const target = { url: database.url, secret: benchSecret, ...logOf(options) };
    return withWorld({ ...options, target }, async (world) => {
      const startedAt = performance.now();
      const accepted: Accepted[] = [];
      const progress = setInterval(() => {
        const said = performance.now();
        void glance(database.url).then((open) => {
          if (performance.now() - said < 5_000) options.say(line(startedAt, open));
        });
      }, 5_000);
      const [shopped, disturbances] = await Promise.all([
        shop(shoppers(options, world, database.url), accepted),
        disturb(options, sceneOf(options, world, database)),
      ]).finally(() => clearInterval(progress));
      options.say('The faults have stopped');
      const drained = await drain(database.url, options.drainSeconds, (open) => {
        options.say(line(startedAt, open));
        // What is only assigned now has to be spread, too.
        void withClient(database.url, (db) => db.query(rotatePriorities)).catch(() => undefined);
      });
      const books = await world.sandbox.books();
      return withClient(database.url, async (db) => ({
        orders: options.orders,
        seconds: options.seconds,
        disturbances,
        drain: drained,
        checks: [
          inTime(drained, options),
          ...(await checkAccepted(db, accepted, options.orders, shopped)),
          ...(await check(db, books, options, disturbances)),
        ],
        figures: await readFigures(db, accepted),
        faulted: callsFaulted(books),
      }));
    });
  });
}

function sceneOf(options: ChaosOptions, world: World, database: RestartableServer): Scene {
  return {
    ...world,
    database,
    resetCircuits: () => ask(database.url, resetOpen),
    isManned: () => isManned(database.url, options),
    preferAnother: () => ask(database.url, rotatePriorities),
    isWorn: async () => ((await glance(database.url))?.labelled ?? 0) >= 0.9 * options.orders,
  };
}

/** Again while the database is away. */
async function ask(adminUrl: string, sql: string): Promise<void> {
  for (let tries = 0; tries < 60; tries += 1, await sleep(1_000)) {
    const asked = withClient(adminUrl, (db) => db.query(sql), { query_timeout: 10_000 });
    if (await asked.then(Boolean, () => false)) return;
  }
}

const countWorkers = `
  select count(*)::integer as workers from app_private.worker_pools
  where beat_at > now() - interval '15 seconds'`;

/** The half of all workers, and never the last one. */
async function isManned(adminUrl: string, options: ChaosOptions): Promise<boolean> {
  const living = await withClient(
    adminUrl,
    async (db) => (await db.query<{ workers: number }>(countWorkers)).rows[0]?.workers ?? 0,
    { connectionTimeoutMillis: 5_000, query_timeout: 5_000 },
  ).catch(() => 0);
  return living > (options.machineCount * options.workersEach) / 2;
}

/** By price one carrier would get them all; and every order shall ask, for questions fail too. */
const rotatePriorities = `
  update app_public.merchants set assignment_rule = 'priority' where assignment_rule <> 'priority';
  update app_public.carrier_accounts a set coverage_seconds = 1, priority = 1 + a.priority % (
    select count(*) from app_public.carrier_accounts b where b.merchant_id = a.merchant_id)`;

const resetOpen = `
  select app_public.reset_circuit(c.account_id) from app_public.carrier_circuits c
  join app_public.carrier_accounts a on a.merchant_id = c.merchant_id and a.id = c.account_id
    and a.carrier = c.service
  where c.state = 'open'`;

function logOf({ log }: ChaosOptions): { log?: number } {
  return log === undefined ? {} : { log };
}

function shoppers(options: ChaosOptions, { server, stores }: World, adminUrl: string) {
  return {
    orders: options.orders,
    seconds: options.seconds,
    seed: options.seed,
    serverUrl: server.url,
    adminUrl,
    storeOf(n: number) {
      const store = stores[n % stores.length];
      if (store === undefined) throw new Error('There is no store');
      return store;
    },
  };
}

function inTime({ allSeconds, left }: Drain, { drainSeconds }: ChaosOptions): CheckResult {
  const { orders, boxes, webhooks, effects } = left;
  return {
    name: `everything has come to rest within ${drainSeconds} s`,
    wrong:
      allSeconds === null
        ? [
            `${orders} orders, ${boxes} boxes, ${webhooks} webhooks and ${effects} effects are still open`,
          ]
        : [],
  };
}

async function check(
  db: pg.Client,
  books: Books,
  options: ChaosOptions,
  { kills, restarts }: Disturbances,
): Promise<CheckResult[]> {
  const inFlight = callsInFlight(options);
  const hit = kills.worker / options.workersEach + kills.machine + restarts * options.machineCount;
  const services = [...options.carriers, 'whatsapp'];
  return [
    ...(await checkDatabase(db)),
    await checkReasons(db),
    ...(await checkBooks(db, books, services, Math.ceil(hit * inFlight))),
  ];
}

function line(startedAt: number, open: Open | null): string {
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  if (open === null) return `${seconds} s: the database is away`;
  const { total, terminal, attention, orders, webhooks, effects, unheard } = open;
  return (
    `${seconds} s: ${total} orders, ${terminal} at their end, ${attention} wait for a human, ` +
    `${orders} under way; open: ${webhooks} webhooks, ${effects} effects (${unheard} unheard)`
  );
}
