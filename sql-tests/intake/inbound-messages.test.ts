import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addTwoMerchants } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { count, one, rows, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;
let other: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ mine: merchant, other } = await addTwoMerchants(database.pool));
});
afterAll(() => database.drop());

const body = Buffer.from([0x7b, 0x00, 0xff, 0x7d]);

/** Returns the message's id. */
async function received(db: Db, delivery: string): Promise<string> {
  await db.query(`select app_private.receive_message($1, 'shopify', $2, 'orders/paid', $3, $4)`, [
    merchant.id,
    merchant.automated,
    delivery,
    body,
  ]);
  const sql = 'select id as value from app_public.inbound_messages where external_id = $1';
  return value<string>(db, sql, [delivery]);
}

const settle = (db: Db, id: string, field: string | null, reason: string | null) =>
  db.query('select app_private.settle_message($1, $2, null, $3, $4)', [
    merchant.id,
    id,
    field,
    reason,
  ]);
const readRaw = (db: Db, id: string) =>
  rows<{ body: Buffer; topic: string }>(db, 'select * from app_private.read_messages($1, $2)', [
    merchant.id,
    [id],
  ]);
const sweep = (db: Db) => value<number>(db, 'select app_private.sweep_inbound() as value');

test('a webhook is stored byte by byte, and read until it is settled', () =>
  database.withRollback(async (db) => {
    const id = await received(db, 'd-1');
    const [message] = await readRaw(db, id);
    expect(message).toMatchObject({ topic: 'orders/paid' });
    expect(message?.body.equals(body)).toBe(true);
    await settle(db, id, null, null);
    expect(await readRaw(db, id)).toEqual([]);
  }));

test('the same delivery id of another shop is another delivery', () =>
  database.withRollback(async (db) => {
    const sql = `select app_private.receive_message($1, 'shopify', $2, 't', 'same', '') as value`;
    for (const { id, automated } of [merchant, other]) {
      expect(await value<boolean>(db, sql, [id, automated])).toBe(true);
      expect(await value<boolean>(db, sql, [id, automated])).toBe(false);
    }
  }));

test('what a human has to look at keeps field and reason', () =>
  database.withRollback(async (db) => {
    const id = await received(db, 'd-2');
    await settle(db, id, 'line_items[0].price', 'is no amount');
    await settle(db, id, null, null);
    const message = await one(
      db,
      `select status, attention_field, attention_reason, sweep_at
       from app_public.inbound_messages where id = $1`,
      [id],
    );
    expect(message).toEqual({
      status: 'attention',
      attention_field: 'line_items[0].price',
      attention_reason: 'is no amount',
      sweep_at: null,
    });
  }));

test('each message gets its job at once, and another a minute later if nobody settled it', () =>
  database.withRollback(async (db) => {
    const id = await received(db, 'd-3');
    expect(await sweep(db)).toBe(1);
    expect(await sweep(db)).toBe(0);
    await db.query('update app_public.inbound_messages set sweep_at = clock_timestamp()');
    expect(await sweep(db)).toBe(1);
    expect(await count(db, 'graphile_worker._private_jobs')).toBe(1);
    const payload = 'select payload as value from graphile_worker._private_jobs';
    expect(await value(db, payload)).toEqual({ merchantId: merchant.id, ids: [id] });
    await settle(db, id, null, null);
    expect(await sweep(db)).toBe(0);
  }));

test('what is due together is one job of up to twenty for each merchant and service', () =>
  database.withRollback(async (db) => {
    for (let n = 0; n < 21; n += 1) await received(db, `together-${n}`);
    await db.query(`select app_private.receive_message($1, 'carrier', $2, 'scan', 'one', '{}')`, [
      merchant.id,
      merchant.carrierAccount,
    ]);
    expect(await sweep(db)).toBe(22);
    const sizes = await rows(
      db,
      `select json_array_length(payload -> 'ids') as size from graphile_worker._private_jobs
       order by 1`,
    );
    expect(sizes).toEqual([{ size: 1 }, { size: 1 }, { size: 20 }]);
  }));

test('a batch of deliveries is stored once each, and not at all when the bucket is empty', () =>
  database.withRollback(async (db) => {
    const receive = (takes: object[], ids: string[]) =>
      value<number>(
        db,
        `select app_private.receive_messages($1, 'shopify', $2, $3, $4, $5, $6) as value`,
        [
          merchant.id,
          merchant.automated,
          JSON.stringify(takes),
          ids.map(() => 'orders/paid'),
          ids,
          ids.map(() => body),
        ],
      );
    const stored = () =>
      rows(
        db,
        `select external_id from app_public.inbound_messages where external_id like 'batch-%'
         and body = $1 order by 1`,
        [body],
      );
    const take = { kind: 'bench', subject: 'x', burst: 3, every_ms: 60_000 };
    expect(await receive([{ ...take, cost: 3 }], ['batch-1', 'batch-2', 'batch-1'])).toBe(0);
    expect(await stored()).toEqual([{ external_id: 'batch-1' }, { external_id: 'batch-2' }]);
    expect(await receive([{ ...take, cost: 1 }], ['batch-3'])).toBeGreaterThan(0);
    expect(await receive([], ['batch-2', 'batch-4'])).toBe(0);
    expect((await stored()).at(-1)).toEqual({ external_id: 'batch-4' });
    expect(await stored()).toHaveLength(3);
  }));

test('a webhook address leads to its merchant, another number or service to nobody', () =>
  database.withRollback(async (db) => {
    const target = (service: string, account: number) =>
      rows(db, 'select merchant_id from app_private.webhook_target($1, $2)', [service, account]);
    expect(await target('shopify', merchant.automated)).toEqual([{ merchant_id: merchant.id }]);
    expect(await target('carrier', other.carrierAccount)).toEqual([{ merchant_id: other.id }]);
    expect(await target('whatsapp', other.messageAccount)).toEqual([{ merchant_id: other.id }]);
    expect(await target('shopify', merchant.shipping)).toEqual([]);
    expect(await target('shopify', 4711)).toEqual([]);
    expect(await target('fax', merchant.automated)).toEqual([]);
  }));

test('a webhook that was turned away leaves one row without its content', () =>
  database.withRollback(async (db) => {
    await db.query(`select app_private.reject_webhook($1, 'shopify', $2, 'bad signature')`, [
      merchant.id,
      merchant.automated,
    ]);
    expect(await count(db, 'app_private.rejected_webhooks')).toBe(1);
    expect(
      await count(db, 'app_public.inbound_messages where merchant_id = $1', [merchant.id]),
    ).toBe(0);
  }));
