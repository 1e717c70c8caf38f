import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { drive } from '../support/drive.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, readOrder } from '../support/orders.ts';
import { codeOf } from '../support/outcome.ts';
import { backendOf, untilBlocked } from '../support/parallel.ts';
import { fail, mustClaim, readEffect } from '../support/pipeline.ts';
import { count, one, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

const kind = 'message_shipped';

interface Opened {
  order: string;
  message: string;
  epoch: number;
}

const open = (db: Db, order: string, epoch: number) =>
  value<string | null>(
    db,
    `select app_private.open_message($1, $2, $3, $4, 'shipped', 'en') as value`,
    [merchant.id, order, kind, epoch],
  );

/** A message whose call is under way. */
async function opened(db: Db): Promise<Opened> {
  const order = await placeOrder(db, merchant, 'automated');
  await drive(db, merchant, order, 'dispatched');
  const { effect } = await mustClaim(db, merchant, order, kind);
  const message = await open(db, order, effect.epoch);
  if (message === null) throw new Error('The message was fenced off');
  return { order, message, epoch: effect.epoch };
}

const accepted = (db: Db, { order, message, epoch }: Opened, wamid = 'wamid.1') =>
  value<boolean>(db, 'select app_private.record_message($1, $2, $3, $4, $5, $6) as value', [
    merchant.id,
    order,
    kind,
    epoch,
    message,
    wamid,
  ]);

const reported = (db: Db, { message }: Opened, status: string, at = '2026-11-21T10:00:00Z') =>
  value<boolean>(db, 'select app_private.record_message_status($1, $2, $3, $4, $5, $6) as value', [
    merchant.id,
    message,
    'wamid.1',
    status,
    at,
    status === 'failed' ? '131026' : null,
  ]);

const read = (db: Db, { message }: Opened) =>
  one<{ status: string; sent_at: Date | null; delivered_at: Date | null; read_at: Date | null }>(
    db,
    'select * from app_public.messages where id = $1',
    [message],
  );

const endLease = (db: Db, { order }: Opened) =>
  db.query(
    `update app_public.effects set leased_until = clock_timestamp() - interval '1 second'
     where subject_id = $1 and kind = $2`,
    [order, kind],
  );

test('a message is opened before the call, and accepted with an event in the log', () =>
  database.withRollback(async (db) => {
    const message = await opened(db);
    expect((await read(db, message)).status).toBe('sending');
    expect(await accepted(db, message)).toBe(true);
    expect(await read(db, message)).toMatchObject({ status: 'sent' });
    expect((await readEffect(db, message.order, kind)).status).toBe('confirmed');
    const sent = `app_public.order_events where order_id = $1 and type = 'message_sent'`;
    expect(await count(db, sent, [message.order])).toBe(1);
  }));

test('one message of a kind per order: a second attempt has the same id', () =>
  database.withRollback(async (db) => {
    const message = await opened(db);
    await endLease(db, message);
    const { effect } = await mustClaim(db, merchant, message.order, kind);
    expect(await open(db, message.order, effect.epoch)).toBe(message.message);
    expect(await open(db, message.order, message.epoch)).toBeNull();
    expect(await accepted(db, message)).toBe(false);
    const second = db.query(
      `insert into app_public.messages (merchant_id, order_id, kind, template, language)
       values ($1, $2, $3, 'shipped', 'en')`,
      [merchant.id, message.order, kind],
    );
    expect(await codeOf(second)).toBe('23505');
  }));

describe('the status of a message only goes forward', () => {
  const reports = ['sent', 'delivered', 'read'];

  test.each([
    [['sent', 'delivered', 'read'], 'read'],
    [['read', 'delivered', 'sent'], 'read'],
    [['delivered', 'sent', 'delivered'], 'delivered'],
    [['failed', 'sent'], 'failed'],
    [['failed', 'delivered'], 'delivered'],
    [['read', 'failed'], 'read'],
    [['sent', 'sent', 'sent'], 'sent'],
    [['delivered', 'teleported'], 'delivered'],
  ])('%j ends as %s', (sequence, end) =>
    database.withRollback(async (db) => {
      const message = await opened(db);
      await accepted(db, message);
      for (const status of sequence) await reported(db, message, status);
      expect((await read(db, message)).status).toBe(end);
    }),
  );

  test('each time is the first that was reported', () =>
    database.withRollback(async (db) => {
      const message = await opened(db);
      await accepted(db, message);
      for (const day of ['22', '23']) {
        for (const status of reports) {
          await reported(db, message, status, `2026-11-${day}T10:00:00Z`);
        }
      }
      const first = new Date('2026-11-22T10:00:00Z');
      expect(await read(db, message)).toMatchObject({ delivered_at: first, read_at: first });
    }));
});

test('a report settles a send whose outcome was unknown, so that nothing is sent again', () =>
  database.withRollback(async (db) => {
    const message = await opened(db);
    await endLease(db, message);
    expect(await reported(db, message, 'delivered')).toBe(true);
    expect((await readEffect(db, message.order, kind)).status).toBe('confirmed');
    expect(await accepted(db, message)).toBe(false);
    const sent = `app_public.order_events where order_id = $1 and type = 'message_sent'`;
    expect(await count(db, sent, [message.order])).toBe(1);
  }));

test('a report that comes before the answer settles the send, even if the answer never comes', () =>
  database.withRollback(async (db) => {
    const message = await opened(db);
    const effect = await readEffect(db, message.order, kind);
    for (const status of ['sent', 'delivered', 'read']) await reported(db, message, status);
    // WhatsApp has said all that it will ever say; now the call times out.
    expect(await fail(db, effect, { outcome: 'unknown', code: 'TIMEOUT' })).toBe('fenced');
    expect((await readEffect(db, message.order, kind)).status).toBe('confirmed');
    const sent = `app_public.order_events where order_id = $1 and type = 'message_sent'`;
    expect(await count(db, sent, [message.order])).toBe(1);
    expect((await readOrder(db, message.order)).attention).toBeNull();
  }));

test('a report that comes after a human was asked settles the dead letter, and clears the attention', () =>
  database.withRollback(async (db) => {
    const message = await opened(db);
    const effect = await readEffect(db, message.order, kind);
    await fail(db, effect, { outcome: 'refused', code: 'OUTCOME_UNKNOWN' });
    expect((await readOrder(db, message.order)).attention).toBe('OUTCOME_UNKNOWN');
    await reported(db, message, 'delivered');
    expect((await readEffect(db, message.order, kind)).status).toBe('confirmed');
    expect((await readOrder(db, message.order)).attention).toBeNull();
    const open = 'app_public.dead_letters where order_id = $1 and resolved_at is null';
    expect(await count(db, open, [message.order])).toBe(0);
    const sent = `app_public.order_events where order_id = $1 and type = 'message_sent'`;
    expect(await count(db, sent, [message.order])).toBe(1);
  }));

test('attention that has another reason stays when the report comes', () =>
  database.withRollback(async (db) => {
    const message = await opened(db);
    const effect = await readEffect(db, message.order, kind);
    await fail(db, effect, { outcome: 'refused', code: 'OUTCOME_UNKNOWN' });
    await db.query(
      `insert into app_public.order_events (order_id, type, reason, inputs)
       values ($1, 'attention_raised', 'The carrier lost a parcel.', '{"code": "PARCEL_LOST"}')`,
      [message.order],
    );
    await reported(db, message, 'delivered');
    expect((await readOrder(db, message.order)).attention).toBe('PARCEL_LOST');
  }));

test('a message that could not be delivered asks for a human, once', () =>
  database.withRollback(async (db) => {
    const message = await opened(db);
    await accepted(db, message);
    for (let n = 0; n < 3; n += 1) await reported(db, message, 'failed');
    expect((await readOrder(db, message.order)).attention).toBe('MESSAGE_FAILED');
    const raised = `app_public.order_events where order_id = $1 and type = 'attention_raised'`;
    expect(await count(db, raised, [message.order])).toBe(1);
  }));

test('a report about an unknown message is none of ours', () =>
  database.withRollback(async (db) => {
    const message = '018f0000-0000-7000-8000-000000000000';
    expect(await reported(db, { order: '', epoch: 1, message }, 'read')).toBe(false);
  }));

test('a report and a late answer to the same send do not deadlock', async () => {
  const message = await opened(database.pool);
  await endLease(database.pool, message);
  const [holder, answer, report] = [
    await database.connect(),
    await database.connect(),
    await database.connect(),
  ];
  await holder.query('begin');
  await holder.query('select from app_public.orders_current where id = $1 for update', [
    message.order,
  ]);
  const [answering, reporting] = [await backendOf(answer), await backendOf(report)];
  const answered = codeOf(accepted(answer, message));
  await untilBlocked(database.pool, answering);
  const reportedAt = codeOf(reported(report, message, 'delivered'));
  await untilBlocked(database.pool, reporting);
  await holder.query('commit');
  expect([await answered, await reportedAt]).toEqual(['ok', 'ok']);
  expect((await read(database.pool, message)).status).toBe('delivered');
  const sent = `app_public.order_events where order_id = $1 and type = 'message_sent'`;
  expect(await count(database.pool, sent, [message.order])).toBe(1);
});

test('a message that lacks nothing is opened with its claim, and is the one that open_message() names', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    await drive(db, merchant, order, 'dispatched');
    const { effect } = await mustClaim(db, merchant, order, kind);
    const stored = await one<{ id: string; status: string }>(
      db,
      'select id, status from app_public.messages where order_id = $1 and kind = $2',
      [order, kind],
    );
    expect(stored).toEqual({ id: effect.message_id, status: 'sending' });
    expect(await open(db, order, effect.epoch)).toBe(effect.message_id);
  }));

test('a message whose template is not approved is claimed and not opened', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    await drive(db, merchant, order, 'dispatched');
    await db.query(
      `update app_public.message_templates set status = 'PAUSED' where message_kind = $1`,
      [kind],
    );
    const { effect } = await mustClaim(db, merchant, order, kind);
    expect(effect.message_id).toBeNull();
    expect(await count(db, 'app_public.messages where order_id = $1', [order])).toBe(0);
  }));

test('reports of several messages are recorded together, each in the order it came', () =>
  database.withRollback(async (db) => {
    const sent = [await opened(db), await opened(db)];
    for (const [n, one] of sent.entries()) await accepted(db, one, `wamid.many.${n}`);
    const report = (n: number, status: string) => ({
      message_id: sent[n]?.message,
      provider_message_id: `wamid.many.${n}`,
      status,
      at: '2026-11-21T10:00:00Z',
      error_code: null,
    });
    const unknown = { ...report(0, 'read'), message_id: '0190a1b2-0000-7000-8000-000000000000' };
    await db.query('select app_private.record_message_statuses($1, $2)', [
      merchant.id,
      JSON.stringify([report(1, 'delivered'), unknown, report(0, 'read'), report(0, 'delivered')]),
    ]);
    const statuses = await Promise.all(sent.map((message) => read(db, message)));
    expect(statuses.map(({ status }) => status)).toEqual(['read', 'delivered']);
    expect(statuses[0]?.read_at).not.toBeNull();
  }));
