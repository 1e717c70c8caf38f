import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { drive } from '../support/drive.ts';
import { addMerchant } from '../support/merchants.ts';
import { placeOrder } from '../support/orders.ts';
import { tryOut } from '../support/outcome.ts';
import { rows, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';

let database: TestDatabase;
let order: string;

beforeAll(async () => {
  database = await createTestDatabase();
  const merchant = await addMerchant(database.pool, 'Kochi Cotton');
  order = await placeOrder(database.pool, merchant, 'automated');
  await drive(database.pool, merchant, order, 'labelled');
});
afterAll(() => database.drop());

const readModels = ['orders_current', 'order_items', 'shipments_current', 'shipment_items'];

test.each(readModels)('%s is not written directly, not by a superuser, not by its owner', (table) =>
  expectRefused([
    `update app_public.${table} set merchant_id = merchant_id`,
    `delete from app_public.${table}`,
    `insert into app_public.${table} select * from app_public.${table}`,
  ]),
);

test.each(readModels)('%s is not emptied at one stroke either', (table) =>
  expectRefused([`truncate app_public.${table}`]),
);

function expectRefused(statements: string[]): Promise<void> {
  return database.withRollback(async (db) => {
    for (const role of ['none', 'waybill_owner']) {
      await db.query(`set local role ${role}`);
      for (const sql of statements) {
        const { code } = await tryOut(db, () => db.query(sql));
        expect({ role, sql, code }).toEqual({ role, sql, code: 'WB006' });
      }
    }
  });
}

/** What may change after an order was placed, as the sources say. Everything else is frozen. */
const changing = [
  'status',
  'shipping_status',
  'ship_to_version',
  'tracking_code',
  'tracking_url',
  'attention',
  'attention_reason',
  'attention_since',
  'accepted_at',
  'ready_at',
  'completed_at',
  'seq',
  'event_hash',
  'updated_at',
];

test('every other column of an order is frozen, even for a trigger: WB006', () =>
  database.withRollback(async (db) => {
    const columns = await rows<{ name: string; type: string }>(
      db,
      `select a.attname as name,
         coalesce(nullif(t.typbasetype, 0), t.oid)::regtype::text as type
       from pg_attribute a join pg_type t on t.oid = a.atttypid
       where a.attrelid = 'app_public.orders_current'::regclass and a.attnum > 0
         and not a.attisdropped and a.attname <> all ($1)`,
      [changing],
    );
    expect(columns.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['total_minor', 'shipping_minor', 'shipping_method', 'currency']),
    );
    for (const { name, type } of columns) {
      const { code } = await tryOut(db, () => changeFromTrigger(db, name, another(name, type)));
      expect({ name, code }).toEqual({ name, code: 'WB006' });
    }
  }));

test('a changing column does change from a trigger, so the test above tests something', () =>
  database.withRollback(async (db) => {
    await changeFromTrigger(db, 'attention_reason', `'looked at'`);
    const reason = await value<string>(
      db,
      'select attention_reason as value from app_public.orders_current where id = $1',
      [order],
    );
    expect(reason).toBe('looked at');
  }));

test('items are frozen even for a trigger: WB006', () =>
  database.withRollback(async (db) => {
    const changes = [
      'update app_public.order_items set unit_price_minor = 1',
      `update app_public.order_items set title = 'Silk saree'`,
      'update app_public.order_items set quantity = 2',
      'delete from app_public.order_items',
    ];
    for (const sql of changes) {
      const { code } = await tryOut(db, () => runFromTrigger(db, sql));
      expect({ sql, code }).toEqual({ sql, code: 'WB006' });
    }
  }));

test('the snapshot of customer and address stays as it came, emoji and all', async () => {
  const first = await value(
    database.pool,
    `select to_jsonb(c) as value from app_public.order_contacts c
     where order_id = $1 and version = 1`,
    [order],
  );
  expect(first).toMatchObject({
    customer_name: 'Asha Menon 🌸',
    name: 'Asha Menon 🌸',
    phone: '98470 12345',
    note: 'Please ring twice 🔔',
    phone_e164: null,
  });
});

/** Some other value of a column. */
function another(column: string, type: string): string {
  if (column === 'payment_mode') {
    return `case payment_mode when 'cod' then 'prepaid' else 'cod' end`;
  }
  if (type === 'uuid') return 'app_hidden.uuid_v7()';
  if (type.startsWith('timestamp')) return `${column} + interval '1 day'`;
  return type === 'text' ? `coalesce(${column}, '') || 'x'` : `${column} + 1`;
}

function changeFromTrigger(db: Db, column: string, expression: string): Promise<void> {
  return runFromTrigger(db, `update app_public.orders_current set ${column} = ${expression}`);
}

/** Runs a statement as the projections do: inside a trigger. */
async function runFromTrigger(db: Db, sql: string): Promise<void> {
  await db.query('create temp table springboard (n integer)');
  await db.query(
    `create function pg_temp.run() returns trigger language plpgsql
     as $run$ begin ${sql}; return null; end $run$`,
  );
  await db.query(
    'create trigger run after insert on springboard for each row execute function pg_temp.run()',
  );
  await db.query('insert into springboard values (1)');
}
