import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { createTestDatabase } from '../sql-tests/support/database.ts';
import type { TestDatabase } from '../sql-tests/support/database.ts';
import { dispatchAll } from '../sql-tests/support/dispatch.ts';
import { recordScans, shipmentOf } from '../sql-tests/support/pipeline.ts';
import type { Merchant } from '../sql-tests/support/merchants.ts';
import { count, one, rows, value } from '../sql-tests/support/query.ts';
import { testSecret } from '../sql-tests/support/test-server.ts';
import { writeHistory } from './history.ts';

const orders = 2_000;
let database: TestDatabase;

/** Copies carry the times of a year; what was recorded was placed while this test ran. */
const isCopy = `o.created_at < now() - interval '30 minutes'`;

beforeAll(async () => {
  database = await createTestDatabase();
  await writeHistory({ adminUrl: database.url, secret: testSecret, orders, variants: 1 });
}, 120_000);
afterAll(() => database.drop());

test('so many orders lie in the last year, nearly all of them over', async () => {
  const all = await one<Record<string, number>>(
    database.pool,
    `select count(*)::integer as orders, count(distinct number)::integer as numbers,
       count(distinct merchant_id)::integer as merchants,
       count(*) filter (where status in ('delivered', 'completed', 'cancelled', 'returned'))::integer as over,
       count(*) filter (where attention is not null)::integer as attention
     from app_public.orders_current o where ${isCopy}`,
  );
  expect(all).toMatchObject({ orders, merchants: 6 });
  expect(all.over).toBeGreaterThan(orders * 0.9);
  expect(all.over).toBeLessThan(orders * 0.99);
  expect(all.attention).toBeGreaterThan(0);
});

test('every invariant of the catalogue holds', async () => {
  const findings = await rows<{ invariant: string; faults: string; sample: unknown[] }>(
    database.pool,
    'select invariant, faults, sample from app_private.verify()',
  );
  expect(findings.length).toBeGreaterThan(20);
  expect(findings.filter(({ faults }) => Number(faults) > 0)).toEqual([]);
});

test('events go forward in time, and ids carry the time of what they name', async () => {
  expect(
    await count(
      database.pool,
      `(select e.recorded_at - lag(e.recorded_at) over (partition by e.order_id order by e.seq) as step
        from app_public.order_events e) x where x.step <= '0'`,
    ),
  ).toBe(0);
  expect(
    await count(
      database.pool,
      `app_public.orders_current o where o.id not between app_hidden.uuid_v7_floor(o.created_at - interval '1 second')
         and app_hidden.uuid_v7_floor(o.created_at + interval '1 second')`,
    ),
  ).toBe(0);
});

/** What a row says that is neither a name, a number, a place nor a time, as one text per story. */
const shape = `
  select string_agg(concat_ws(' ', e.type, e.from_status, e.to_status, e.actor_role, e.shipment_id is null,
      (select string_agg(k, ',' order by k) from jsonb_object_keys(e.inputs) k)), E'\\n' order by e.seq)
    || (select string_agg(concat_ws(' ', f.kind, f.status, f.caused_by_seq, f.attempts, f.epoch,
      replace(f.reference, 'W' || o.merchant_id || '-' || o.number, 'W')), E'\\n' order by f.kind)
      from app_public.effects f where f.merchant_id = o.merchant_id and f.order_id = o.id)
    || coalesce((select string_agg(concat_ws(' ', m.kind, m.status), E'\\n' order by m.kind)
      from app_public.messages m where m.merchant_id = o.merchant_id and m.order_id = o.id), '')
    || coalesce((select concat_ws(' ', s.status, s.awb is null, s.last_scan_at is null, l.awb = s.awb)
      from app_public.shipments_current s
      left join app_private.labels l on l.merchant_id = s.merchant_id and l.shipment_id = s.id
      where s.merchant_id = o.merchant_id and s.order_id = o.id), '')
  from app_public.order_events e where e.merchant_id = o.merchant_id and e.order_id = o.id`;

test('a copy has the shape of an order that the triggers wrote', async () => {
  const copied = await rows(
    database.pool,
    `select distinct shape from (select (${shape}) as shape from app_public.orders_current o where ${isCopy}) x
     except select (${shape}) from app_public.orders_current o where not ${isCopy}`,
  );
  expect(copied).toEqual([]);
});

test('nothing of a recorded order is left in a copy', async () => {
  const leaked = await rows(
    database.pool,
    `with recorded as (
       select k.word from app_public.orders_current o
       left join app_public.shipments_current s on s.merchant_id = o.merchant_id and s.order_id = o.id
       left join app_public.messages m on m.merchant_id = o.merchant_id and m.order_id = o.id,
       lateral unnest(array[o.id::text, o.public_id, o.external_id, o.tracking_code, s.id::text, m.id::text]) k (word)
       where not ${isCopy} and k.word is not null
     )
     select r.word from (
       select string_agg(e.inputs::text, ' ') as words from app_public.order_events e
       join app_public.orders_current o on o.merchant_id = e.merchant_id and o.id = e.order_id and ${isCopy}
       union all
       select string_agg(concat_ws(' ', a.entity_id, a.meta), ' ') from app_public.audit_log a
       join app_public.orders_current o on o.merchant_id = a.merchant_id and o.id::text = a.entity_id and ${isCopy}
     ) x, recorded r
     where position(r.word in x.words) > 0`,
  );
  expect(leaked).toEqual([]);
});

test('the running system takes over: numbers, scans and moves go on, and only they are dispatched', async () => {
  const { pool } = database;
  await dispatchAll(pool);
  const parcel = await one<{ merchant_id: number; order_id: string; carrier_account_id: number }>(
    pool,
    `select s.merchant_id, s.order_id, s.carrier_account_id from app_public.shipments_current s
     join app_public.orders_current o on o.merchant_id = s.merchant_id and o.id = s.order_id
     where s.status = 'in_transit' and ${isCopy} limit 1`,
  );
  const { awb } = await shipmentOf(pool, parcel.order_id);
  const merchant = {
    id: parcel.merchant_id,
    carrierAccount: parcel.carrier_account_id,
  } as Merchant;
  const occurredAt = await value<string>(pool, 'select now()::text as value');
  await recordScans(pool, merchant, [{ awb: awb!, status: 'delivered', occurredAt }]);
  expect(
    await value(pool, 'select status as value from app_public.orders_current where id = $1', [
      parcel.order_id,
    ]),
  ).toBe('delivered');
  expect(await count(pool, 'graphile_worker.jobs')).toBe(0);
  await dispatchAll(pool);
  expect(await count(pool, 'graphile_worker.jobs')).toBe(1);

  const { merchant_id: id } = parcel;
  const store = await value<number>(
    pool,
    `select id as value from app_public.stores where merchant_id = $1 and workflow = 'pickup'`,
    [id],
  );
  const last = await value<string>(
    pool,
    'select max(number)::text as value from app_public.orders_current where merchant_id = $1',
    [id],
  );
  const client = await database.connect();
  await client.query(
    `select set_config('jwt.claims.merchant_id', $1, false), set_config('jwt.claims.role', 'staff', false)`,
    [String(id)],
  );
  const number = await value<string>(
    client,
    `select (app_public.place_order(jsonb_build_object('store_id', $1::integer, 'payment_mode', 'prepaid', 'items',
       '[{"title": "Tea", "quantity": 1, "unit_price_minor": 100}]'::jsonb))).number::text as value`,
    [store],
  );
  expect(Number(number)).toBe(Number(last) + 1);
});
