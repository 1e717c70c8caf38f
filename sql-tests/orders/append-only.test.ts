import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { drive } from '../support/drive.ts';
import { addMerchant } from '../support/merchants.ts';
import { placeOrder } from '../support/orders.ts';
import { outcomeOf, tryOut } from '../support/outcome.ts';
import { count, rows } from '../support/query.ts';

let database: TestDatabase;
let order: string;

beforeAll(async () => {
  database = await createTestDatabase();
  const merchant = await addMerchant(database.pool, 'Kochi Cotton');
  order = await placeOrder(database.pool, merchant, 'automated');
  await drive(database.pool, merchant, order, 'labelled');
});
afterAll(() => database.drop());

const attempts = [
  `update app_public.order_events set reason = 'nicer'`,
  'update app_public.order_events set seq = seq',
  'delete from app_public.order_events',
  'truncate app_public.order_events',
  `update app_public.audit_log set reason = 'nicer'`,
  'delete from app_public.audit_log',
  'truncate app_public.audit_log',
  `update app_public.order_contacts set name = 'Somebody else'`,
];

test.each(attempts)('%s: WB006 for a superuser and for the owner of the tables', (sql) =>
  database.withRollback(async (db) => {
    const events = await count(db, 'app_public.order_events');
    for (const role of ['none', 'waybill_owner']) {
      await db.query(`set local role ${role}`);
      expect({ role, code: (await tryOut(db, () => db.query(sql))).code }).toEqual({
        role,
        code: 'WB006',
      });
    }
    await db.query('reset role');
    expect(await count(db, 'app_public.order_events')).toBe(events);
  }),
);

test('no partition can be changed or emptied by itself either, not by its owner: WB006', () =>
  database.withRollback(async (db) => {
    const partitions = await rows<{ name: string; parent: string }>(
      db,
      `select i.inhrelid::regclass::text as name, i.inhparent::regclass::text as parent
       from pg_inherits i
       where i.inhparent in (
         'app_public.order_events'::regclass, 'app_public.audit_log'::regclass)`,
    );
    expect(partitions.length).toBeGreaterThan(4);
    for (const { name, parent, role } of partitions.flatMap((partition) =>
      ['none', 'waybill_owner'].map((role) => ({ ...partition, role })),
    )) {
      await db.query(`set local role ${role}`);
      const filled = (await count(db, name)) > 0;
      const tries = [
        `truncate ${name}`,
        ...(filled ? [`delete from ${name}`, `update ${name} set merchant_id = 7`] : []),
      ];
      for (const sql of tries) {
        const { code } = await tryOut(db, () => db.query(sql));
        expect({ parent, role, sql, code }).toEqual({ parent, role, sql, code: 'WB006' });
      }
    }
  }));

test.each(['waybill_member', 'waybill_customer', 'waybill_worker', 'waybill_readonly'])(
  '%s has not even the privilege: no insert, update, delete or truncate',
  (role) =>
    database.withRollback(async (db) => {
      const tables = ['order_events', 'audit_log', 'order_contacts', 'orders_current'];
      await db.query(`set local role ${role}`);
      for (const table of tables) {
        for (const sql of [
          `insert into app_public.${table} select * from app_public.${table}`,
          `update app_public.${table} set merchant_id = 1`,
          `delete from app_public.${table}`,
          `truncate app_public.${table}`,
        ]) {
          const { code } = await tryOut(db, () => db.query(sql));
          expect({ sql, code }).toEqual({ sql, code: '42501' });
        }
      }
    }),
);

test('an insert into a partition by itself, which nothing would project, is refused: WB006', () =>
  database.withRollback(async (db) => {
    const partition = await rows<{ name: string }>(
      db,
      'select tableoid::regclass::text as name from app_public.order_events where order_id = $1',
      [order],
    );
    const insert = `insert into ${partition[0]?.name} (order_id, to_status)
      values ($1, 'received')`;
    expect((await outcomeOf(db.query(insert, [order]))).code).toBe('WB006');
  }));
