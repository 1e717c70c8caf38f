/** The morning digest from the database to a mail server that keeps books, and what a crash makes of it. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { runOnce } from 'graphile-worker';
import type pg from 'pg';
import { pino } from 'pino';
import { loadConfig } from '../config.ts';
import { createPool } from '../database/connection.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { FaultKind } from '../sandbox/faults.ts';
import { startCalmSandbox } from '../sandbox/test-client.ts';
import { createTestDatabase } from '../sql-tests/support/database.ts';
import type { TestDatabase } from '../sql-tests/support/database.ts';
import { addTwoMerchants } from '../sql-tests/support/merchants.ts';
import type { Merchant } from '../sql-tests/support/merchants.ts';
import { placeOrder } from '../sql-tests/support/orders.ts';
import { fail, mustClaim } from '../sql-tests/support/pipeline.ts';
import { one, rows } from '../sql-tests/support/query.ts';
import { testSecret } from '../sql-tests/support/test-server.ts';
import { workerLogger } from './worker-logger.ts';
import { task } from '../worker-tasks/dead_letter_digest.ts';

let database: TestDatabase;
let sandbox: Sandbox;
let db: pg.Pool;
let mine: Merchant;
let other: Merchant;
const lines: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  sandbox = await startCalmSandbox({ smtpPort: 0 });
  ({ mine, other } = await addTwoMerchants(database.pool));
  db = createPool(database.workerUrl, {
    applicationName: 'test worker',
    max: 4,
    onError: () => undefined,
  });
  db.on('connect', (client) => client.on('error', () => undefined));
});
afterAll(async () => {
  await db.end();
  await sandbox.close();
  await database.drop();
});
afterEach(async () => {
  sandbox.faults.clear();
  sandbox.books.reset();
  lines.length = 0;
  await database.pool.query(
    'truncate app_public.dead_letter_digests, app_public.carrier_circuits, app_public.carrier_calls',
  );
});

async function bury(merchant: Merchant): Promise<string> {
  const order = await placeOrder(database.pool, merchant, 'automated');
  const { effect } = await mustClaim(database.pool, merchant, order, 'validate_order');
  await fail(database.pool, effect, { outcome: 'refused', code: 'address-refused' });
  return order;
}

const morning = new Date('2026-03-04T02:30:00Z');

async function run(at = morning, settings: object = {}): Promise<void> {
  const config = loadConfig({
    NODE_ENV: 'test',
    WAYBILL_SECRET: testSecret,
    DATABASE_URL: database.serverUrl,
    PUBLIC_URL: 'https://waybill.example',
    SMTP_URL: `smtp://127.0.0.1:${sandbox.smtpPort}`,
    MAIL_FROM: 'waybill@waybill.example',
    ...settings,
  });
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  await database.pool.query(`select graphile_worker.add_job('dead_letter_digest', '{}'::json)`);
  await database.pool.query(`update app_public.effect_kinds set timeout_ms = 400
    where kind = 'dead_letter_digest'`);
  await runOnce({
    pgPool: db,
    taskList: { dead_letter_digest: task({ db, config, log, now: () => at }) },
    noHandleSignals: true,
    logger: workerLogger(log),
  });
}

const digests = () =>
  rows<{ merchant_id: number; status: string; error_code: string | null }>(
    database.pool,
    `select merchant_id, status, error_code from app_public.dead_letter_digests
     order by merchant_id`,
  );
const dueNow = () =>
  database.pool.query('update app_public.dead_letter_digests set due_at = clock_timestamp()');

let order: string;
beforeAll(async () => {
  order = await bury(mine);
});

test('whoever has something open gets one mail, and nobody else', async () => {
  await run();
  await run();
  const [mail, ...more] = sandbox.books.mails;
  expect(more).toEqual([]);
  expect(mail).toMatchObject({
    from: 'waybill@waybill.example',
    to: [`owner@merchant-${mine.id}.example`, `manager@merchant-${mine.id}.example`],
    messageId: `<digest-${mine.id}-2026-03-04@waybill.example>`,
  });
  expect(mail?.subject).toContain('1 call waits for a person at Kochi Cotton');
  expect(mail?.text.replace(/=\r\n/g, '')).toContain(`/stores/${mine.automated}/orders/${order}`);
  expect(await digests()).toEqual([
    { merchant_id: mine.id, status: 'sent', error_code: null },
    { merchant_id: other.id, status: 'skipped', error_code: 'NOTHING_OPEN' },
  ]);
});

test('the call log and the log name nobody', async () => {
  sandbox.faults.set([{ operation: 'smtp.send', kind: 'server_error', count: 1 }]);
  await run();
  await dueNow();
  await run();
  const calls = await rows<{ outcome: string; code: string | null; http_status: number }>(
    database.pool,
    `select outcome, code, http_status from app_public.carrier_calls
     where service = 'smtp' and reference = $1 order by id`,
    [`digest-${mine.id}-2026-03-04`],
  );
  expect(calls).toEqual([
    { outcome: 'transient', code: 'smtp-451', http_status: 451 },
    { outcome: 'done', code: null, http_status: 250 },
  ]);
  const kept = await one<{ words: string }>(
    database.pool,
    `select string_agg(to_jsonb(c)::text, '') as words from app_public.carrier_calls c`,
  );
  expect(kept.words + lines.join('')).not.toContain('@merchant-');
  expect(sandbox.books.mails).toHaveLength(1);
});

test.each<[FaultKind, number]>([
  ['time_out_before', 0],
  ['time_out_after', 1],
  ['drop_before', 0],
  ['drop_after', 1],
])('after %s nobody knows, and it is not sent again', async (kind, taken) => {
  sandbox.faults.set([{ operation: 'smtp.send', kind, count: 1 }]);
  await run();
  await dueNow();
  await run();
  expect(sandbox.books.mails).toHaveLength(taken);
  expect((await digests())[0]).toMatchObject({ status: 'unknown' });
  expect(lines.join('')).toContain('digest not sent');
});

test('a mail server that is down for a while makes it late, not lost', async () => {
  await run(morning, { SMTP_URL: 'smtp://127.0.0.1:1' });
  expect((await digests())[0]).toMatchObject({ status: 'intent', error_code: 'ECONNREFUSED' });
  await run();
  expect(sandbox.books.mails).toEqual([]);
  await dueNow();
  await run();
  expect(sandbox.books.mails).toHaveLength(1);
});

test('a worker that died in the middle leaves an unknown one, which the log tells', async () => {
  await database.pool.query('select app_private.plan_digests($1)', [morning]);
  for (const _ of [mine, other]) {
    await database.pool.query(`select app_private.claim_digest($1, 'dead')`, [morning]);
  }
  await run();
  expect(sandbox.books.mails).toEqual([]);
  await database.pool.query(`update app_public.dead_letter_digests
    set leased_until = clock_timestamp() where status = 'sending'`);
  await run();
  expect(sandbox.books.mails).toEqual([]);
  expect((await digests())[0]).toMatchObject({ status: 'unknown', error_code: 'OUTCOME_UNKNOWN' });
  expect(lines.join('')).toContain('a digest was not sent, or nobody knows');
});

test('without a mail server nothing is planned', async () => {
  await run(morning, { SMTP_URL: '', MAIL_FROM: '' });
  expect(await digests()).toEqual([]);
});
