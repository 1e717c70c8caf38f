import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { drive, scan } from '../support/drive.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { caseOf, casesOf, failedDelivery } from '../support/ndr.ts';
import { placeOrder, statusOf } from '../support/orders.ts';
import { inParallel } from '../support/parallel.ts';
import { recordScans, shipmentOf } from '../support/pipeline.ts';
import { one, rows, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

/** Minutes before now, so that a decision made now is later than all of them. */
const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
const tell = (db: Db, order: string, status: string, minutes: number) =>
  scan(status, ago(minutes))(db, merchant, order);

async function dispatched(db: Db): Promise<string> {
  const order = await placeOrder(db, merchant, 'automated');
  await drive(db, merchant, order, 'labelled');
  await tell(db, order, 'in_transit', 300);
  return order;
}

test('a failed attempt opens one case, with the carrier’s words and its hours', () =>
  database.withRollback(async (db) => {
    const order = await dispatched(db);
    await tell(db, order, 'undelivered', 100);
    expect(await casesOf(db, order)).toMatchObject([
      { attempt: 1, status: 'open', reason: 'undelivered', hours: 24, action: null },
    ]);
  }));

test('what the carrier says of the customer is not in the reason', () =>
  database.withRollback(async (db) => {
    const order = await dispatched(db);
    const { awb } = await shipmentOf(db, order);
    await recordScans(db, merchant, [
      {
        awb: awb ?? '',
        status: 'undelivered',
        occurredAt: ago(100),
        carrierStatus: 'Asha Menon not at home, 9847012345',
      },
    ]);
    const [{ reason } = { reason: '' }] = await casesOf(db, order);
    expect(reason).toContain('not at home');
    expect(reason).not.toMatch(/Asha|98470/);
  }));

test('the same scan again, and a scan that comes late, open nothing more', () =>
  database.withRollback(async (db) => {
    const order = await dispatched(db);
    await tell(db, order, 'undelivered', 100);
    await tell(db, order, 'undelivered', 100);
    await tell(db, order, 'undelivered', 90);
    await tell(db, order, 'out_for_delivery', 120);
    expect(await casesOf(db, order)).toMatchObject([{ attempt: 1, status: 'open' }]);
    await tell(db, order, 'delivered', 50);
    await tell(db, order, 'undelivered', 80);
    expect(await casesOf(db, order)).toMatchObject([{ status: 'closed', outcome: 'delivered' }]);
  }));

test.each(['out_for_delivery', 'delivered', 'rto', 'returned', 'lost'])(
  'the case is closed when the parcel is %s',
  (next) =>
    database.withRollback(async (db) => {
      const order = await dispatched(db);
      await tell(db, order, 'undelivered', 100);
      await tell(db, order, next, 50);
      expect(await casesOf(db, order)).toMatchObject([{ status: 'closed', outcome: next }]);
    }),
);

test('the attempt after it is a case of its own', () =>
  database.withRollback(async (db) => {
    const order = await dispatched(db);
    await tell(db, order, 'undelivered', 100);
    await tell(db, order, 'out_for_delivery', 50);
    await tell(db, order, 'undelivered', 40);
    expect(await casesOf(db, order)).toMatchObject([
      { attempt: 1, status: 'closed', outcome: 'out_for_delivery' },
      { attempt: 2, status: 'open' },
    ]);
  }));

test.each([
  ['re_attempt', 2],
  ['return', 1],
])('failing again after «%s», without setting out: %p cases', (action, cases) =>
  database.withRollback(async (db) => {
    const order = await dispatched(db);
    await tell(db, order, 'undelivered', 100);
    const { id } = await caseOf(db, order);
    await asMember(db, merchant, 'staff');
    await db.query('select app_public.act_on_ndr($1, $2)', [id, action]);
    await db.query('reset role');
    await tell(db, order, 'undelivered', 90);
    expect(await casesOf(db, order)).toHaveLength(1);
    await tell(db, order, 'undelivered', -10);
    const found = await casesOf(db, order);
    expect(found).toHaveLength(cases);
    expect(found.at(-1)?.status).toBe(cases === 2 ? 'open' : 'acted');
  }),
);

test.each([
  [['rto', 'returned']],
  [['returned', 'rto']],
  [['undelivered', 'rto', 'delivered', 'returned']],
  [['rto', 'in_transit', 'out_for_delivery', 'returned', 'undelivered']],
])('a parcel that comes back brings its order to returned: %p', (told) =>
  database.withRollback(async (db) => {
    const order = await dispatched(db);
    for (const [at, status] of told.entries()) await tell(db, order, status, 100 - at);
    expect((await shipmentOf(db, order)).status).toBe('returned');
    expect(await statusOf(db, order)).toBe('returned');
  }),
);

test('a delivered scan that comes late does not undo the way back', () =>
  database.withRollback(async (db) => {
    const order = await dispatched(db);
    await tell(db, order, 'rto', 60);
    await tell(db, order, 'delivered', 80);
    expect((await shipmentOf(db, order)).status).toBe('rto');
    await tell(db, order, 'returned', 10);
    await tell(db, order, 'delivered', 70);
    expect(await statusOf(db, order)).toBe('returned');
  }));

const remind = (db: Db) => value<number>(db, 'select app_private.remind_of_ndr() as value');
const attentionOf = (db: Db, order: string) =>
  value<string | null>(
    db,
    'select attention as value from app_public.orders_current where id = $1',
    [order],
  );

test('half of the time is over: each case raises attention once, whoever sweeps', async () => {
  const order = await failedDelivery(database.pool, merchant);
  expect(await remind(database.pool)).toBe(0);
  await database.pool.query(
    'update app_public.ndr_cases set remind_at = now() where order_id = $1',
    [order],
  );
  await inParallel(database, 4, 8, async (client) => {
    await client.query('set local role waybill_worker');
    await remind(client);
  });
  const raised = await rows<{ inputs: object }>(
    database.pool,
    `select inputs from app_public.order_events where order_id = $1 and type = 'attention_raised'`,
    [order],
  );
  expect(raised).toMatchObject([{ inputs: { code: 'NDR_WAITING' } }]);
  expect(await attentionOf(database.pool, order)).toBe('NDR_WAITING');
  await scan('out_for_delivery', new Date().toISOString())(database.pool, merchant, order);
  expect(await attentionOf(database.pool, order)).toBeNull();
});

test('one call reminds of one merchant’s cases', () =>
  database.withRollback(async (db) => {
    const other = await addMerchant(db, 'Another');
    const theirs = await failedDelivery(db, other);
    const mine = await failedDelivery(db, merchant);
    await db.query('update app_public.ndr_cases set remind_at = now() where order_id = any ($1)', [
      [theirs, mine],
    ]);
    expect([await remind(db), await remind(db), await remind(db)]).toEqual([1, 1, 0]);
    const sql = `select count(distinct merchant_id)::integer as merchants from app_public.order_events
      where order_id = any ($1) and type = 'attention_raised'`;
    expect(await one(db, sql, [[theirs, mine]])).toEqual({ merchants: 2 });
  }));
