import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { asActor } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { dispatchAll } from '../support/dispatch.ts';
import { drive } from '../support/drive.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, readOrder, writeMove } from '../support/orders.ts';
import { outcomeOf, tryOut } from '../support/outcome.ts';
import { committed } from '../support/parallel.ts';
import { count, rows, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';
import { broken } from '../proof/broken.ts';

let database: TestDatabase;
let merchant: Merchant;
let old: string;
let young: string;
/** Of three months ago, by its first day; and as names of tables end. */
let month: string;
let ending: string;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
  month = await value<string>(
    database.pool,
    `select (date_trunc('month', now() at time zone 'UTC') - interval '3 months')::date::text as value`,
  );
  ending = month.slice(0, 7).replace('-', '_');
  old = await anOrderOfThatMonth();
  young = await placeOrder(database.pool, merchant, 'automated');
  await drive(database.pool, merchant, young, 'labelled');
  await dispatchAll(database.pool);
});
afterAll(() => database.drop());

/** Ids are made as they would have been then, and only then. */
async function anOrderOfThatMonth(): Promise<string> {
  const made = await value<string>(
    database.pool,
    `select pg_get_functiondef('app_hidden.uuid_v7'::regproc) as value`,
  );
  const client = await database.connect();
  await committed(client, async () => {
    await client.query('set local role waybill_owner');
    await client.query(
      `select app_hidden.add_partition(p, '${month}T00:00:00Z')
       from unnest(array['order_events', 'audit_log']) p`,
    );
  });
  await client.end();
  await database.pool.query(
    made.replaceAll('clock_timestamp()', `(timestamptz '${month}T12:00:00Z')`),
  );
  const order = await placeOrder(database.pool, merchant, 'automated');
  await drive(database.pool, merchant, order, 'delivered');
  await database.pool.query(
    `update app_public.effects set status = 'abandoned', sweep_at = null
     where order_id = $1 and status in ('intent', 'sending')`,
    [order],
  );
  await database.pool.query(made);
  return order;
}

const storyOf = (db: Db, order: string) =>
  rows(db, 'select * from app_public.order_events where order_id = $1 order by seq', [order]);
const auditOf = (db: Db, order: string) =>
  rows(db, 'select * from app_public.audit_log where entity_id = $1 order by order_seq', [order]);
const detach = (db: Db, which = month) =>
  value<string>(db, 'select app_private.detach_month($1) as value', [which]);
const attach = (db: Db, which = month) =>
  value<string>(db, 'select app_private.attach_month($1) as value', [which]);

/** What is tried on one partition by itself, or on what was one. */
async function expectItToBeClosed(db: Db, table: string, inserted: string): Promise<void> {
  for (const role of ['none', 'waybill_owner']) {
    await db.query(`set local role ${role}`);
    for (const sql of [
      `insert into ${table} ${inserted}`,
      `insert into ${table} select * from ${table}`,
      `update ${table} set merchant_id = 7`,
      `delete from ${table}`,
      `truncate ${table}`,
    ]) {
      const { code } = await tryOut(db, () => db.query(sql));
      expect({ role, sql, code }).toEqual({ role, sql, code: 'WB006' });
    }
  }
  await db.query('reset role');
}

const anEvent = () => `(order_id, to_status) values ('${old}', 'cancelled')`;
const anAuditRow = () => `select * from app_public.audit_log limit 1`;

test('a month is gone from the log, and back in it as it was', () =>
  database.withRollback(async (db) => {
    const story = await storyOf(db, old);
    const audit = await auditOf(db, old);
    const row = await readOrder(db, old);
    expect([story.length > 5, audit.length > 5]).toEqual([true, true]);
    expect(Number(await detach(db))).toBe(story.length);
    expect(await storyOf(db, old)).toEqual([]);
    expect(await auditOf(db, old)).toEqual([]);
    expect(await readOrder(db, old)).toEqual(row);
    expect(await count(db, `app_private.order_events_${ending}`)).toBe(story.length);
    expect(Number(await attach(db))).toBe(story.length);
    expect(await storyOf(db, old)).toEqual(story);
    expect(await auditOf(db, old)).toEqual(audit);
    expect(await broken(db)).toEqual({});
  }));

test('a partition is closed before, while it is detached and after, as is what stands in for it', () =>
  database.withRollback(async (db) => {
    const events = `order_events_${ending}`;
    const audit = `audit_log_${ending}`;
    await expectItToBeClosed(db, `app_public.${events}`, anEvent());
    await expectItToBeClosed(db, `app_public.${audit}`, anAuditRow());
    await detach(db);
    await expectItToBeClosed(db, `app_private.${events}`, anEvent());
    await expectItToBeClosed(db, `app_private.${audit}`, anAuditRow());
    await expectItToBeClosed(db, `app_public.${events}`, anEvent());
    await attach(db);
    await expectItToBeClosed(db, `app_public.${events}`, anEvent());
    await expectItToBeClosed(db, `app_public.${audit}`, anAuditRow());
  }));

test('the guard and the append-only rule are back once the month is', () =>
  database.withRollback(async (db) => {
    const triggersOf = () =>
      rows(
        db,
        `select tgname, tgtype, tgenabled from pg_trigger
         where tgrelid = 'app_public.order_events_${ending}'::regclass order by tgname`,
      );
    const triggers = await triggersOf();
    expect(triggers.length).toBeGreaterThan(3);
    await detach(db);
    await attach(db);
    expect(await triggersOf()).toEqual(triggers);
    for (const sql of [
      `update app_public.order_events set reason = 'nicer' where order_id = '${old}'`,
      `delete from app_public.order_events where order_id = '${old}'`,
    ]) {
      expect((await tryOut(db, () => db.query(sql))).code).toBe('WB006');
    }
    await asActor(db, merchant, 'owner');
    expect((await tryOut(db, () => writeMove(db, old, { to: 'received' }))).code).toBe('WB001');
  }));

test('an order of a detached month changes no more: WB006 with its id', () =>
  database.withRollback(async (db) => {
    await detach(db);
    await asActor(db, merchant, 'owner');
    const refused = await tryOut(db, () => writeMove(db, old, { to: 'cancelled', reason: 'late' }));
    expect(refused).toMatchObject({ code: 'WB006', facts: { orderId: old } });
    expect(
      await outcomeOf(writeMove(db, young, { to: 'cancelled', reason: 'soon' })),
    ).toMatchObject({ code: 'ok' });
  }));

test('verify() says that the month is detached, and reports nothing of it as lost', () =>
  database.withRollback(async (db) => {
    await detach(db);
    expect(await broken(db)).toEqual({});
    const said = await rows(
      db,
      `select sample -> 0 ->> 'month' as month, mend from app_private.verify()
       where invariant like 'detached%'`,
    );
    expect(said).toEqual([{ month, mend: expect.stringContaining('attach_month') }]);
    expect(await rows(db, 'select * from app_private.verify_chain($1)', [old])).toEqual([]);
  }));

test('rebuild_read_models() leaves the orders of a detached month as they are', async () => {
  const client = await database.connect();
  await detach(client);
  const before = await readOrder(client, old);
  const [called] = await rows<{ differences: object }>(
    client,
    'call app_private.rebuild_read_models()',
  );
  expect(called).toEqual({ differences: {} });
  expect(await readOrder(client, old)).toEqual(before);
  await attach(client);
  await client.end();
});

test('attaching reads nothing: the check of the partition proves its bounds', async () => {
  const client = await database.connect();
  const said: string[] = [];
  client.on('notice', ({ message }) => said.push(message ?? ''));
  await committed(client, async () => {
    await detach(client);
    await client.query('set local client_min_messages to debug1');
    await attach(client);
  });
  for (const table of ['order_events', 'audit_log']) {
    expect(said).toContain(
      `partition constraint for table "${table}_${ending}" is implied by existing constraints`,
    );
  }
  await client.end();
});

test('a month that goes on, has orders on their way or is not there is refused', () =>
  database.withRollback(async (db) => {
    const thisMonth = `${new Date().toISOString().slice(0, 7)}-01`;
    const tryDetach = (which: string) => tryOut(db, () => detach(db, which));
    expect(await tryDetach(thisMonth)).toMatchObject({ code: 'WB004', facts: { field: 'month' } });
    expect(await tryDetach(month.replace(/01$/, '02'))).toMatchObject({ code: 'WB004' });
    expect(await tryDetach('2001-01-01')).toMatchObject({ code: 'WB007' });
    expect((await tryOut(db, () => attach(db, month))).code).toBe('WB007');
    await db.query(
      `update app_public.effects set status = 'intent', sweep_at = now()
       where order_id = $1 and kind = 'message_delivered'`,
      [old],
    );
    expect(await tryDetach(month)).toMatchObject({ code: 'WB001', facts: { orders: 1 } });
  }));

test('a month whose events were not dispatched stays: WB002', () =>
  database.withRollback(async (db) => {
    await db.query(
      `update app_private.dispatch_cursor set next_xact =
         (select min(xact_id) from app_public.order_events)`,
    );
    expect((await outcomeOf(detach(db))).code).toBe('WB002');
  }));

test.each(['waybill_member', 'waybill_worker', 'waybill_readonly'])('%s may not detach', (role) =>
  database.withRollback(async (db) => {
    await db.query(`set local role ${role}`);
    expect((await outcomeOf(detach(db))).code).toBe('42501');
  }),
);
