import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { asDba } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addTwoMerchants } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { rows, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';
import { deadBooking } from '../effects/letters.ts';

let database: TestDatabase;
let mine: Merchant;
let other: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ mine, other } = await addTwoMerchants(database.pool));
});
afterAll(() => database.drop());

const addCall = (db: Db, merchant: Merchant, at: string) =>
  value<string>(
    db,
    `insert into app_public.carrier_calls
       (merchant_id, id, service, account_id, operation, outcome, duration_ms, called_at)
     values ($1, (select overlay(app_hidden.uuid_v7()::text
       placing left(app_hidden.uuid_v7_floor($2)::text, 13) from 1)::uuid),
       'delhivery', 1, 'track', 'done', 1, $2)
     returning id as value`,
    [merchant.id, at],
  );
const addWebhook = (db: Db, at: string, status: string) =>
  value<string>(
    db,
    `insert into app_public.inbound_messages (merchant_id, id, service, account_id, topic,
       external_id, body, status, received_at, sweep_at, attention_reason)
     values ($1, (select overlay(app_hidden.uuid_v7()::text
       placing left(app_hidden.uuid_v7_floor($2)::text, 13) from 1)::uuid),
       'shopify', 1, 'orders/create', gen_random_uuid()::text, '{}', $3, $2,
       case $3 when 'received' then now() end, case $3 when 'attention' then 'Why.' end)
     returning id as value`,
    [mine.id, at, status],
  );
const prune = (db: Db, what: 'calls' | 'inbound', batch = 5000) =>
  value<number>(db, `select app_private.prune_${what}('2026-03-01', $1) as value`, [batch]);
const left = async (db: Db, table: string) =>
  (await rows<{ id: string }>(db, `select id from app_public.${table} order by id`)).map(
    ({ id }) => id,
  );

test('calls that were logged before go, a batch of one merchant’s at a time', () =>
  database.withRollback(async (db) => {
    for (let n = 0; n < 3; n += 1) await addCall(db, mine, '2026-02-27T00:00:00Z');
    await addCall(db, other, '2026-02-27T00:00:00Z');
    const young = await addCall(db, mine, '2026-03-01T00:00:01Z');
    const counts: number[] = [];
    for (let n = 0; n < 5; n += 1) counts.push(await prune(db, 'calls', 2));
    expect(counts).toEqual([2, 1, 1, 0, 0]);
    expect(await left(db, 'carrier_calls')).toEqual([young]);
  }));

test('the last call of a dead letter stays for as long as that is open', () =>
  database.withRollback(async (db) => {
    const { letter } = await deadBooking(db, mine);
    const call = await addCall(db, mine, '2026-02-27T00:00:00Z');
    await db.query('update app_public.dead_letters set last_call_id = $1 where id = $2', [
      call,
      letter,
    ]);
    expect(await prune(db, 'calls')).toBe(0);
    await asDba(db);
    await db.query('select app_public.resolve_dead_letter($1, $2)', [letter, 'Done by hand.']);
    expect(await prune(db, 'calls')).toBe(1);
  }));

test('webhooks that were understood go; what waits for a worker or a human stays', () =>
  database.withRollback(async (db) => {
    await addWebhook(db, '2026-02-27T00:00:00Z', 'processed');
    const waiting = [
      await addWebhook(db, '2026-02-27T00:00:00Z', 'received'),
      await addWebhook(db, '2026-02-27T00:00:00Z', 'attention'),
      await addWebhook(db, '2026-03-02T00:00:00Z', 'processed'),
    ];
    expect(await prune(db, 'inbound')).toBe(1);
    expect(await left(db, 'inbound_messages')).toEqual(waiting.toSorted());
  }));
