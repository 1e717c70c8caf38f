/**
 * `npm run demo`: 47 dirty orders, from the shop's webhook to the customer's door, and then the
 * proof that none was lost, doubled or left behind. Its exit code is 0 only when it all adds up.
 */
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { ConfigError } from '../config.ts';
import type { Config } from '../config.ts';
import { loginUrl, withClient } from '../database/connection.ts';
import { checkBooks } from './book-checks.ts';
import { checkDatabase, checkFates, checkWebhooks } from './checks.ts';
import type { CheckResult } from './checks.ts';
import { readFigures, tableOf } from './figures.ts';
import { followOrders } from './follow.ts';
import { demoOrders } from './orders.ts';
import { Progress } from './progress.ts';
import { readBooks } from './sandbox-books.ts';
import { DemoShop } from './shop.ts';
import { findOrStartSystem, SystemError } from './system.ts';
import type { System } from './system.ts';
import { scriptOf } from './webhooks.ts';
import type { Lane } from './webhooks.ts';

/** From the first webhook: a label whose answer was lost alone may take a minute and a half. */
const longestMs = 180_000;
/** Lanes that are sent at the same time. */
const concurrency = 8;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const interrupted = new AbortController();
const starting: Promise<System> = findOrStartSystem(say, interrupted.signal);

async function main(): Promise<boolean> {
  const { config } = await starting;
  const url = loginUrl(config.databaseDirectUrl, 'waybill_readonly', config.secret);
  return withClient(url, (db) => runDemo(db, config), { application_name: 'waybill demo' });
}

async function runDemo(db: pg.Client, config: Config): Promise<boolean> {
  const runId = `run-${Date.now()}-${randomBytes(3).toString('hex')}`;
  const storeId = await shopStoreId(db);
  const orders = demoOrders(runId, new Date());
  const script = scriptOf(runId, orders);
  const externalIds = orders.map(({ externalId }) => externalId);
  const scope = { storeId, externalIds, eventIds: script.eventIds };
  const { deliveries, broken, forgedEventIds } = script;
  say(
    `Sending ${orders.length} orders in ${deliveries} webhooks, ` +
      `${broken.length} of them broken and ${forgedEventIds.length} forged`,
  );
  const startedAt = Date.now();
  const progress = new Progress(process.stdout, startedAt);
  const [forged, settled] = await Promise.all([
    sendAll(new DemoShop(config, runId, storeId), script.lanes),
    followOrders(db, scope, progress, startedAt + longestMs),
  ]);
  progress.end();
  say(`\n${tableOf(await readFigures(db, scope))}\n`);
  const inTime = `everything is settled within ${longestMs / 60_000} minutes`;
  const results = [
    { name: inTime, wrong: settled ? [] : ['it is not'] },
    ...(await checkDatabase(db, scope)),
    await checkFates(db, scope, orders),
    ...(await checkWebhooks(db, scope, script, forged)),
    ...(await checkBooks(db, scope, await readBooks(`http://127.0.0.1:${config.sandboxPort}`))),
  ];
  return report(results);
}

async function shopStoreId(db: pg.Client): Promise<number> {
  const { rows } = await db.query<{ id: number }>(
    "select s.id from app_public.stores s where s.channel = 'shopify' order by s.id limit 1",
  );
  const [store] = rows;
  if (store !== undefined) return store.id;
  throw new SystemError("This database has no Shopify store: it is not the demo's own.");
}

/** Sends all lanes, some at a time, and returns how the forged webhooks were answered. */
async function sendAll(shop: DemoShop, lanes: readonly Lane[]): Promise<number[]> {
  const forged: number[] = [];
  const waiting = [...lanes];
  const sendNext = async (): Promise<void> => {
    for (let lane = waiting.shift(); lane !== undefined; lane = waiting.shift()) {
      for (const wave of lane.waves) {
        const answers = await Promise.all(wave.map((webhook) => shop.deliver(webhook)));
        if (lane.broken === 'signature') forged.push(...answers);
        else refuseOthers(answers);
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, sendNext));
  return forged;
}

function refuseOthers(answers: readonly number[]): void {
  const other = answers.find((status) => status !== 200);
  if (other === undefined) return;
  throw new SystemError(`A webhook was answered with ${other}: is this the demo's own database?`);
}

function report(results: readonly CheckResult[]): boolean {
  for (const { name, wrong } of results) {
    say(`${wrong.length === 0 ? 'PASS' : 'FAIL'}  ${name}`);
    for (const line of wrong.slice(0, 5)) say(`        ${line}`);
    if (wrong.length > 5) say(`        … and ${wrong.length - 5} more`);
  }
  const failed = results.filter(({ wrong }) => wrong.length > 0).length;
  const all = results.length;
  say(failed === 0 ? `\nAll ${all} checks pass.` : `\n${failed} of ${all} checks fail.`);
  return failed === 0;
}

function inWords(error: unknown): string {
  if (error instanceof SystemError || error instanceof ConfigError) return error.message;
  return String(error instanceof Error ? error.stack : error);
}

let ending: Promise<void> | null = null;
async function stopAndExit(code: number): Promise<void> {
  interrupted.abort();
  const system = await starting.catch(() => null);
  await system?.stop();
  process.exit(code);
}

function end(code: number): Promise<void> {
  ending ??= stopAndExit(code);
  return ending;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void end(130));
}

try {
  await end((await main()) ? 0 : 1);
} catch (error) {
  // Whatever fails while it is being stopped fails for that reason.
  if (ending === null) say(inWords(error));
  await end(1);
}
