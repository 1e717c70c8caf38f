import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { asActor } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { dispatchAll } from '../support/dispatch.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, writeMove } from '../support/orders.ts';
import { rows, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

/** Everything that is stored, by table; what a dispatcher would do of it included. */
async function everything(db: Db): Promise<Record<string, unknown>> {
  await dispatchAll(db);
  const tables = await rows<{ name: string }>(
    db,
    `select c.oid::regclass::text as name from pg_class c
     where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace in (
       'app_public'::regnamespace, 'app_hidden'::regnamespace, 'app_private'::regnamespace,
       'graphile_worker'::regnamespace)`,
  );
  const contents: Record<string, unknown> = {};
  for (const { name } of tables) {
    const sql = `select coalesce(jsonb_agg(to_jsonb(t) order by to_jsonb(t)::text), '[]') as value
      from ${name} t`;
    contents[name] = await value(db, sql);
  }
  return contents;
}

test('an event that is rolled back leaves no trace anywhere', async () => {
  const order = await placeOrder(database.pool, merchant, 'automated', { external_id: 'kept' });
  const before = await everything(database.pool);
  await database.withRollback(async (db) => {
    await placeOrder(db, merchant, 'automated', { external_id: 'not kept' });
    await asActor(db, merchant, 'owner');
    await writeMove(db, order, { to: 'cancelled', reason: 'Changed their mind.' });
  });
  expect(await everything(database.pool)).toEqual(before);
});

test('events that commit do change the log, read models, audit, effects and jobs', async () => {
  const before = await everything(database.pool);
  await placeOrder(database.pool, merchant, 'automated', { external_id: 'new' });
  const after = await everything(database.pool);
  const changed = Object.keys(after).filter((name) => {
    return JSON.stringify(after[name]) !== JSON.stringify(before[name]);
  });
  expect(changed.sort()).toEqual([
    'app_hidden.order_keys',
    'app_private.counters',
    'app_private.dispatch_cursor',
    'app_private.live_log',
    'app_public.audit_log',
    'app_public.effects',
    'app_public.order_contacts',
    'app_public.order_counts',
    'app_public.order_events',
    'app_public.order_items',
    'app_public.orders_current',
    'graphile_worker._private_jobs',
  ]);
});

test('a number that was rolled back is given to the next order: numbers have no gaps', async () => {
  const numberOf = async (db: Db) => {
    const id = await placeOrder(db, merchant, 'pickup');
    const sql = 'select number::integer as value from app_public.orders_current where id = $1';
    return value<number>(db, sql, [id]);
  };
  const undone = await database.withRollback(numberOf);
  expect(await numberOf(database.pool)).toBe(undone);
});
