/** Who is asked to come when, by the real tasks, against a sandbox that keeps its own books. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { carriers } from '../carriers/registry.ts';
import type { CarrierCode } from '../carriers/registry.ts';
import { drive } from '../sql-tests/support/drive.ts';
import type { Merchant } from '../sql-tests/support/merchants.ts';
import { placeOrder, writeMove } from '../sql-tests/support/orders.ts';
import { rows, value } from '../sql-tests/support/query.ts';
import { startInOneProcess } from './one-process.ts';
import type { OneProcess } from './one-process.ts';

let all: OneProcess;
let demo: Merchant;

beforeAll(async () => {
  all = await startInOneProcess();
  const { pool } = all.database;
  const one = (sql: string) =>
    value<number>(pool, `select min(id) as value from app_public.${sql}`);
  demo = {
    id: await one('merchants'),
    owner: await one(`members where role = 'owner'`),
    manager: await one(`members where role = 'owner'`),
    staff: await one(`members where role = 'staff'`),
    location: await one('locations'),
    carrierAccount: await one(`carrier_accounts where carrier = 'delhivery'`),
    messageAccount: await one('message_accounts'),
    automated: await one(`stores where workflow = 'automated'`),
    shipping: await one(`stores where workflow = 'shipping'`),
    pickup: await one(`stores where workflow = 'pickup'`),
  };
}, 60_000);
afterAll(() => all.close());

const codes = Object.keys(carriers) as CarrierCode[];
let orders = 9000;

/** From the shop to the door; a parcel of the sandbox waits until it is collected. */
async function deliver(carrier: CarrierCode): Promise<string> {
  await all.database.pool.query(
    `update app_public.carrier_accounts
     set disabled_at = case when carrier <> $1 then now() end`,
    [carrier],
  );
  orders += 1;
  await all.webhook(orders, {});
  const { pickup } = await all.workUntil<{ pickup: string }>(
    'the order to be delivered',
    `select s.carrier_pickup_id as pickup from app_public.orders_current o
     join app_public.shipments_current s on s.order_id = o.id
     where o.external_id = $1 and o.status = 'delivered'`,
    [String(orders)],
  );
  return pickup;
}

function askedOf(carrier: CarrierCode): number {
  const { pickups, shiprocket, bluedart } = all.sandbox.books;
  const asked = {
    delhivery: pickups.length,
    shiprocket: [...shiprocket.orders.values()].filter((o) => o.pickupToken !== null).length,
    bluedart: bluedart.pickups.length,
  };
  return asked[carrier];
}

describe.each(codes)('%s', (carrier) => {
  test('is asked for one visit a day, or for each parcel; each box says for which', async () => {
    const [first, second] = [await deliver(carrier), await deliver(carrier)];
    expect(second).toBe(first);
    expect(askedOf(carrier)).toBe(carrier === 'shiprocket' ? 2 : 1);
    const [pickup] = await rows<{ status: string; carrier_reference: string | null }>(
      all.database.pool,
      'select status, carrier_reference from app_public.carrier_pickups where id = $1',
      [first],
    );
    expect(pickup?.status).toBe('requested');
    expect(pickup?.carrier_reference).toMatch(/^\w+$/);
  }, 90_000);
});

/** By the functions that the tasks call, without running one, on a day that nobody was asked for. */
async function labelled(): Promise<{ order: string; pickup: string }> {
  const { pool } = all.database;
  await pool.query('update app_public.carrier_pickups set pickup_on = pickup_on - 30');
  const order = await placeOrder(pool, demo, 'automated');
  await drive(pool, demo, order, 'labelled');
  const pickup = await value<string>(
    pool,
    'select carrier_pickup_id as value from app_public.shipments_current where order_id = $1',
    [order],
  );
  return { order, pickup };
}

test('a visit that the carrier refuses says where and when, and why, to a person', async () => {
  const { pickup } = await labelled();
  await all.database.pool.query(
    `update app_public.carrier_pickups set pickup_on = '2026-01-04' where id = $1`,
    [pickup],
  );
  const letter = await all.workUntil<{ error_message: string }>(
    'the dead letter',
    'select error_message from app_public.dead_letters where subject_id = $1',
    [pickup],
  );
  expect(letter.error_message).toMatch(
    /^No pickup at \S.* on 2026-01-04: Delhivery does not accept the pickup date$/,
  );
}, 60_000);

test('nobody is asked to come for a box that was called off before', async () => {
  const asked = askedOf('delhivery');
  const { order, pickup } = await labelled();
  await writeMove(all.database.pool, order, { to: 'cancelled', reason: 'changed her mind' });
  await all.workUntil(
    'the visit to be called off',
    `select 1 from app_public.effects where subject_id = $1 and status = 'abandoned'`,
    [pickup],
  );
  expect(askedOf('delhivery')).toBe(asked);
}, 60_000);
