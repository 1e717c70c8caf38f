import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';

let database: TestDatabase;
let merchant: Merchant;

/** A shop's past in two stores: nine of ten orders are done, the rest are in two statuses. */
beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
  await database.pool.query(
    `do $$
     declare
       stores integer[] := array[${merchant.shipping}, ${merchant.pickup}];
       placed uuid;
     begin
       for n in 1..1000 loop
         placed := app_private.intake_order(${merchant.id}, gen_random_uuid(), jsonb_build_object(
           'store_id', stores[1 + n % 2], 'payment_mode', 'prepaid', 'items', jsonb_build_array(
             jsonb_build_object('title', 'Saree', 'quantity', 1, 'unit_price_minor', 1))));
         if n % 10 > 0 then
           insert into app_public.order_events (order_id, to_status, reason)
           values (placed, 'cancelled', 'Long ago.');
         elsif n % 20 > 0 then
           perform set_config('jwt.claims.role', 'owner', true);
           insert into app_public.order_events (order_id, to_status) values (placed, 'accepted');
         end if;
       end loop;
     end $$`,
  );
  // As after years: the index over active orders is small, the table is large.
  await database.pool.query('reindex table app_public.orders_current');
  await database.pool.query('vacuum analyze app_public.orders_current');
});
afterAll(() => database.drop());

async function planOf(sql: string): Promise<string> {
  const { rows } = await database.pool.query(`explain (format json) ${sql}`);
  return JSON.stringify(rows);
}

test('the active orders of a status come from idx_orders_status', async () => {
  const plan = await planOf(
    `select * from app_public.orders_current
     where merchant_id = ${merchant.id} and status = 'accepted' order by id limit 20`,
  );
  expect(plan).toContain('idx_orders_status');
});

test('the orders of a store in a status come from idx_orders_store_status', async () => {
  const plan = await planOf(
    `select * from app_public.orders_current
     where merchant_id = ${merchant.id} and store_id = ${merchant.pickup}
       and status = 'delivered' order by id desc limit 20`,
  );
  expect(plan).toContain('idx_orders_store_status');
});
