/** Orders find their carrier by price: with each of the three, and past one that is down. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { codOrder } from '../channels/shopify/samples.ts';
import { only } from './carrier-books.ts';
import { startInOneProcess } from './one-process.ts';
import type { OneProcess } from './one-process.ts';

let all: OneProcess;
beforeAll(async () => {
  all = await startInOneProcess();
}, 60_000);
afterAll(() => all.close());
beforeEach(() => all.sandbox.faults.clear());

let orders = 9000;

interface Assigned {
  id: string;
  carrier: string;
  price: number;
  quotes: { carrier: string; reason: string | null; price: number | null }[];
}

const assigned = `
  select o.id, s.carrier, (e.inputs ->> 'price_minor')::integer as price, (
    select jsonb_agg(jsonb_build_object('carrier', q.carrier, 'reason', q.reason,
      'price', q.price_minor) order by q.rank)
    from app_public.rate_quotes q where q.order_id = o.id
  ) as quotes
  from app_public.orders_current o
  join app_public.shipments_current s on s.order_id = o.id
  join app_public.order_events e on e.order_id = o.id and e.to_status = 'assigned'
  where o.external_id = $1`;

async function place(zip: string, city = 'Anywhere'): Promise<string> {
  orders += 1;
  const address = { ...codOrder.shipping_address, zip, city, province: 'Anywhere' };
  expect(await all.webhook(orders, { shipping_address: address })).toBe(200);
  return String(orders);
}

async function shipTo(zip: string, city?: string): Promise<Assigned> {
  return all.workUntil<Assigned>('the order to be assigned', assigned, [await place(zip, city)]);
}

/** How often each carrier was asked about a PIN code. */
async function questions(): Promise<Record<string, number>> {
  const { rows } = await all.database.pool.query<{ service: string; asked: number }>(
    `select service, count(*)::integer as asked from app_public.carrier_calls
     where operation = 'serviceability' group by 1`,
  );
  return Object.fromEntries(rows.map(({ service, asked }) => [service, asked]));
}

test.each([
  ['682025', 'delhivery'],
  ['400050', 'bluedart'],
  ['751006', 'shiprocket'],
])(
  'to %s it goes with %s, which is the cheapest',
  async (zip, carrier) => {
    const order = await shipTo(zip);
    expect(order.carrier).toBe(carrier);
    const [best, ...others] = order.quotes;
    expect(best).toEqual({ carrier, reason: null, price: order.price });
    expect(new Set(order.quotes.map((quote) => quote.carrier)).size).toBe(3);
    for (const { price } of others.filter(({ reason }) => reason === 'ranked_lower')) {
      expect(price).toBeGreaterThanOrEqual(order.price);
    }
  },
  60_000,
);

test('a second order to a known PIN code asks no carrier', async () => {
  await shipTo('600002');
  const before = await questions();
  const second = await shipTo('600002');
  expect(second.quotes.length).toBeGreaterThanOrEqual(3);
  expect(await questions()).toEqual(before);
}, 60_000);

const longCity = 'Thiruvananthapuram Neyyattinkara Road';

test('a city that the cheapest carrier has no room for goes with the next best, to its label', async () => {
  const usual = await shipTo('751006');
  expect(usual.carrier).toBe('shiprocket');
  const before = await questions();
  const order = await shipTo('751006', longCity);
  // Also what is known of the PIN code does not make it a candidate.
  expect(await questions()).toEqual(before);
  expect(order.carrier).not.toBe('shiprocket');
  expect(order.quotes).toContainEqual({
    carrier: 'shiprocket',
    reason: 'address_not_taken',
    price: null,
  });
  await all.workUntil(
    'the order to be labelled',
    `select from app_public.order_events where order_id = $1 and to_status = 'labelled'
       and shipment_id is null`,
    [order.id],
  );
  // Nor is it asked when nothing is known, and the PIN code is not spoilt for others.
  await all.database.pool.query('delete from app_private.coverage');
  expect((await shipTo('751006', longCity)).carrier).toBe(order.carrier);
  const { shiprocket, ...others } = await questions();
  expect(shiprocket).toBe(before['shiprocket']);
  expect(others['delhivery']).toBeGreaterThan(before['delhivery'] ?? 0);
  expect((await shipTo('751006')).carrier).toBe('shiprocket');
}, 60_000);

test('an address that nobody takes names its field, and goes when that is mended', async () => {
  await only(all, 'shiprocket');
  const id = await place('751006', longCity);
  const waiting = await all.workUntil<{ id: string; attention_reason: string }>(
    'the order to ask for a person',
    `select id, attention_reason from app_public.orders_current
     where external_id = $1 and attention = 'SHIP_TO_NOT_TAKEN'`,
    [id],
  );
  expect(waiting.attention_reason).toContain('consignee.city has 1 to 30 characters');
  expect(waiting.attention_reason).not.toContain('Neyyattinkara');
  const { errors } = await all.graphql(
    'staff',
    `mutation ($id: UUID!) {
      correctShipTo(
        input: { orderId: $id, address: { city: "Neyyattinkara" }, reason: "Shorter" }
      ) { order { attention } }
    }`,
    { id: waiting.id },
  );
  expect(errors).toBeUndefined();
  const order = await all.workUntil<Assigned>('the order to be assigned', assigned, [id]);
  expect(order.carrier).toBe('shiprocket');
  await only(all, 'delhivery', 'shiprocket', 'bluedart');
}, 60_000);

test('while a carrier is down the next best gets the order, and when all are it waits', async () => {
  const operations = [
    'delhivery.pincode',
    'shiprocket.serviceability',
    'bluedart.pincode',
  ] as const;
  all.sandbox.faults.add({ operation: operations[0], kind: 'server_error' });
  const passedOver = await shipTo('683511');
  expect(passedOver.carrier).not.toBe('delhivery');
  expect(passedOver.quotes).toContainEqual({
    carrier: 'delhivery',
    reason: 'not_answered',
    price: null,
  });
  for (const operation of operations.slice(1)) {
    all.sandbox.faults.add({ operation, kind: 'server_error' });
  }
  const id = await place('641018');
  await all.workUntil(
    'the order to wait',
    `select from app_public.effects f join app_public.orders_current o on o.id = f.order_id
     where o.external_id = $1 and o.status = 'validated' and f.kind = 'assign_order'
       and f.status = 'intent' and f.error_code is not null`,
    [id],
  );
  all.sandbox.faults.clear();
  await all.workUntil('the order to be assigned', assigned, [id]);
}, 90_000);
