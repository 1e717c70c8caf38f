/** Orders cancelled and boxes booked anew, at every moment, compared with the carriers' own books. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { carriers } from '../carriers/registry.ts';
import type { CarrierCode } from '../carriers/registry.ts';
import { broken } from '../sql-tests/proof/broken.ts';
import { liveAwbs, only, untilOrder } from './carrier-books.ts';
import { startInOneProcess } from './one-process.ts';
import type { OneProcess } from './one-process.ts';

let all: OneProcess;
beforeAll(async () => {
  // No parcel is collected while a test looks at it.
  all = await startInOneProcess({ parcelStepMs: 600_000 });
}, 60_000);
afterAll(() => all.close());
beforeEach(() => all.sandbox.faults.clear());
afterEach(async () => {
  expect(await broken(all.database.pool)).toEqual({});
});

const codes = Object.keys(carriers) as CarrierCode[];
let orders = 9000;

const bookings = {
  delhivery: 'delhivery.create',
  shiprocket: 'shiprocket.assign',
  bluedart: 'bluedart.waybill',
} as const;

async function place(): Promise<number> {
  orders += 1;
  expect(await all.webhook(orders, {})).toBe(200);
  return orders;
}

async function cancel(orderId: string): Promise<void> {
  const { errors } = await all.graphql(
    'staff',
    `mutation ($id: UUID!) {
      cancelOrder(input: { orderId: $id, reason: "Changed her mind" }) { order { status } }
    }`,
    { id: orderId },
  );
  expect(errors).toBeUndefined();
}

/** Until the sweeper would do it: what waits for its next attempt is due. */
const hurry = () =>
  all.database.pool.query(
    `update app_public.effects set due_at = now(), sweep_at = now()
     where status in ('intent', 'sending') and leased_by is null and kind <> 'request_carrier_pickup'`,
  );

describe.each(codes)('an order with %s is cancelled', (carrier) => {
  test('while its booking is tried in vain: no parcel is left', async () => {
    await only(all, carrier);
    // Known to have had no effect: after a lost answer it would first be looked up for a minute.
    all.sandbox.faults.add({ operation: bookings[carrier], kind: 'too_many_requests' });
    const id = await place();
    const { id: order } = await untilOrder(
      all,
      id,
      'tried',
      `exists (select from app_public.effects e where e.subject_id = s.id
        and e.kind = 'book_shipment' and e.error_code is not null)`,
    );
    await cancel(order);
    all.sandbox.faults.clear();
    await hurry();
    await untilOrder(all, id, 'called off', `s.status = 'cancelled'`);
    expect(liveAwbs(all.sandbox, carrier)).toEqual([]);
  }, 90_000);

  test('when the answer to its booking was lost: the parcel is found and called off', async () => {
    await only(all, carrier);
    all.sandbox.faults.add({ operation: bookings[carrier], kind: 'drop_after', count: 1 });
    const id = await place();
    const { id: order } = await untilOrder(
      all,
      id,
      'in the dark',
      `exists (select from app_public.effects e where e.subject_id = s.id
        and e.kind = 'book_shipment' and e.status = 'sending' and e.error_code is not null)`,
    );
    expect(liveAwbs(all.sandbox, carrier)).toHaveLength(1);
    await cancel(order);
    await hurry();
    await untilOrder(all, id, 'called off', `s.status = 'cancelled'`);
    expect(liveAwbs(all.sandbox, carrier)).toEqual([]);
  }, 90_000);

  test('when it is labelled, and the answer to the cancellation is lost: once is enough', async () => {
    await only(all, carrier);
    const id = await place();
    const { id: order, awb } = await untilOrder(all, id, 'labelled', `o.status = 'labelled'`);
    expect(liveAwbs(all.sandbox, carrier)).toEqual([awb]);
    all.sandbox.faults.add({ operation: `${carrier}.cancel`, kind: 'drop_after', count: 1 });
    await cancel(order);
    const called = await untilOrder(all, id, 'called off', `s.status = 'cancelled'`);
    expect(called).toMatchObject({ status: 'cancelled', attention: null });
    expect(liveAwbs(all.sandbox, carrier)).toEqual([]);
  }, 90_000);

  test('its box is booked anew with another carrier: one live parcel', async () => {
    const [next] = codes.filter((code) => code !== carrier);
    if (next === undefined) throw new Error('There is one carrier only');
    await only(all, carrier);
    const id = await place();
    const { shipment } = await untilOrder(all, id, 'labelled', `o.status = 'labelled'`);
    await only(all, next);
    const { errors } = await all.graphql(
      'staff',
      `mutation ($id: UUID!) {
        rebookShipment(input: { shipmentId: $id, reason: "Nobody came" }) { shipment { status } }
      }`,
      { id: shipment },
    );
    expect(errors).toBeUndefined();
    const anew = await untilOrder(
      all,
      id,
      'labelled anew',
      `s.booking = 2 and s.status = 'labelled'`,
    );
    expect(anew).toMatchObject({ carrier: next, status: 'labelled' });
    expect(liveAwbs(all.sandbox, carrier)).toEqual([]);
    expect(liveAwbs(all.sandbox, next)).toEqual([anew.awb]);
    await cancel(anew.id);
    await untilOrder(all, id, 'called off', `s.booking = 2 and s.status = 'cancelled'`);
    expect(liveAwbs(all.sandbox, next)).toEqual([]);
  }, 90_000);

  test('its box is booked anew with the same carrier: another parcel, not the old one', async () => {
    await only(all, carrier);
    const id = await place();
    const first = await untilOrder(all, id, 'labelled', `o.status = 'labelled'`);
    const account = await all.database.pool.query<{ id: number }>(
      'select id from app_public.carrier_accounts where carrier = $1',
      [carrier],
    );
    const { errors } = await all.graphql(
      'staff',
      `mutation ($id: UUID!, $account: Int!) {
        rebookShipment(
          input: { shipmentId: $id, carrierAccountId: $account, reason: "Wrong label" }
        ) { shipment { status } }
      }`,
      { id: first.shipment, account: account.rows[0]?.id },
    );
    expect(errors).toBeUndefined();
    const anew = await untilOrder(
      all,
      id,
      'labelled anew',
      `s.booking = 2 and s.status = 'labelled'`,
    );
    expect(anew.awb).not.toBe(first.awb);
    expect(liveAwbs(all.sandbox, carrier)).toEqual([anew.awb]);
    await cancel(anew.id);
    await untilOrder(all, id, 'called off', `s.booking = 2 and s.status = 'cancelled'`);
  }, 90_000);
});

test('a carrier that cannot take the box: booking it anew cures the dead letter', async () => {
  await only(all, 'delhivery');
  orders += 1;
  all.sandbox.faults.add({ operation: 'delhivery.create', kind: 'too_many_requests' });
  expect(await all.webhook(orders, {})).toBe(200);
  const { shipment } = await untilOrder(
    all,
    orders,
    'tried',
    `exists (select from app_public.effects e where e.subject_id = s.id
      and e.kind = 'book_shipment' and e.error_code is not null)`,
  );
  await all.database.pool.query(
    `update app_public.effects set attempts = 50 where subject_id = $1 and kind = 'book_shipment'`,
    [shipment],
  );
  await hurry();
  await untilOrder(all, orders, 'given up', `o.attention is not null`);
  all.sandbox.faults.clear();
  await only(all, 'delhivery', 'bluedart');
  await all.graphql(
    'staff',
    `mutation ($id: UUID!) {
      rebookShipment(input: { shipmentId: $id, reason: "Given up" }) { shipment { status } }
    }`,
    { id: shipment },
  );
  const anew = await untilOrder(all, orders, 'labelled', `s.booking = 2 and o.status = 'labelled'`);
  expect(anew).toMatchObject({ carrier: 'bluedart', attention: null });
  expect(liveAwbs(all.sandbox, 'delhivery')).toEqual([]);
  expect(liveAwbs(all.sandbox, 'bluedart')).toEqual([anew.awb]);
}, 90_000);
