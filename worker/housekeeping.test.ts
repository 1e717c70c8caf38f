import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runOnce } from 'graphile-worker';
import type pg from 'pg';
import { pino } from 'pino';
import { loadConfig } from '../config.ts';
import { createPool } from '../database/connection.ts';
import { createTestDatabase } from '../sql-tests/support/database.ts';
import type { TestDatabase } from '../sql-tests/support/database.ts';
import { addTwoMerchants } from '../sql-tests/support/merchants.ts';
import type { Merchant } from '../sql-tests/support/merchants.ts';
import { failedDelivery } from '../sql-tests/support/ndr.ts';
import { committed } from '../sql-tests/support/parallel.ts';
import { rows } from '../sql-tests/support/query.ts';
import { testSecret } from '../sql-tests/support/test-server.ts';
import { age, labelled } from '../sql-tests/shipments/hand-over.ts';
import { task } from '../worker-tasks/housekeeping.ts';
import { workerLogger } from './worker-logger.ts';

let database: TestDatabase;
let db: pg.Pool;
let mine: Merchant;
let other: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ mine, other } = await addTwoMerchants(database.pool));
  db = createPool(database.workerUrl, {
    applicationName: 'test worker',
    max: 4,
    onError: () => undefined,
  });
});
afterAll(async () => {
  await db.end();
  await database.drop();
});

async function run(): Promise<void> {
  const config = loadConfig({
    NODE_ENV: 'test',
    WAYBILL_SECRET: testSecret,
    DATABASE_URL: database.serverUrl,
  });
  const log = pino({ level: 'silent' });
  await database.pool.query(`select graphile_worker.add_job('housekeeping', '{}'::json)`);
  await runOnce({
    pgPool: db,
    taskList: { housekeeping: task({ db, config, log, now: () => new Date() }) },
    noHandleSignals: true,
    logger: workerLogger(log),
  });
}

/** Left lying for days, in a transaction that commits. */
async function uncollected(merchant: Merchant, days: number): Promise<string> {
  const client = await database.connect();
  const order = await committed(client, async () => {
    const box = await labelled(client, merchant);
    await age(client, box, days);
    return box;
  });
  await client.end();
  return order;
}

test('each merchant is told once of what lies there, and of what waits for a decision', async () => {
  const [left, theirs, moved] = [
    await uncollected(mine, 8),
    await uncollected(other, 9),
    await uncollected(mine, 2),
  ];
  const undelivered = await failedDelivery(database.pool, mine);
  await database.pool.query('update app_public.ndr_cases set remind_at = now()');
  await run();
  await run();
  const told = await rows<{ order_id: string; told: string }>(
    database.pool,
    `select order_id, coalesce(inputs ->> 'code', type) as told from app_public.order_events
     where type in ('attention_raised', 'carrier_pickup_missed')`,
  );
  expect(new Map(told.map(({ order_id: order, told: word }) => [order, word]))).toEqual(
    new Map([
      [left, 'NOT_COLLECTED'],
      [theirs, 'NOT_COLLECTED'],
      [moved, 'carrier_pickup_missed'],
      [undelivered, 'NDR_WAITING'],
    ]),
  );
  expect(told).toHaveLength(4);
});
