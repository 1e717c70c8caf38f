/** Boxes that end as nobody here had planned, at carriers that keep their own books. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { codOrder } from '../channels/shopify/samples.ts';
import { carrierCredentials } from '../demo/credentials.ts';
import { broken } from '../sql-tests/proof/broken.ts';
import { liveAwbs, only, untilOrder } from './carrier-books.ts';
import { startInOneProcess } from './one-process.ts';
import type { OneProcess } from './one-process.ts';

let all: OneProcess;
beforeAll(async () => {
  // A parcel that was not delivered waits for three seconds: time enough to call it off.
  all = await startInOneProcess({ parcelStepMs: 20, failureSteps: 150 });
}, 60_000);
afterAll(() => all.close());
beforeEach(() => all.sandbox.faults.clear());
afterEach(async () => {
  expect(await broken(all.database.pool)).toEqual({});
});

let orders = 9900;

/** The end of the phone decides the parcel's fate: see the sandbox's README. */
async function place(fate = '012345'): Promise<number> {
  orders += 1;
  const address = { ...codOrder.shipping_address, phone: `+919847${fate}` };
  expect(await all.webhook(orders, { shipping_address: address })).toBe(200);
  return orders;
}

async function member(mutation: string, variables: object): Promise<void> {
  const { errors } = await all.graphql('staff', mutation, variables);
  expect(errors).toBeUndefined();
}

const cancelOrder = `mutation ($id: UUID!) {
  cancelOrder(input: { orderId: $id, reason: "Changed her mind" }) { order { status } }
}`;
const rebookShipment = `mutation ($id: UUID!) {
  rebookShipment(input: { shipmentId: $id, reason: "Cancelled there" }) { shipment { status } }
}`;

async function post(path: string, body: object, authorization?: string): Promise<Response> {
  const answer = await fetch(`${all.sandbox.url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(authorization === undefined ? {} : { authorization }),
    },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBeLessThan(300);
  return answer;
}

/** As a person does it who works in the carrier's panel. */
const inThePanel = {
  async delhivery(awb: string) {
    const token = `Token ${carrierCredentials.delhivery.token}`;
    await post('/delhivery/api/p/edit', { waybill: awb, cancellation: 'true' }, token);
  },
  async shiprocket(awb: string) {
    const { email, password } = carrierCredentials.shiprocket;
    const api = '/shiprocket/v1/external';
    const signedIn = await post(`${api}/auth/login`, { email, password });
    const { token } = (await signedIn.json()) as { token: string };
    await post(`${api}/orders/cancel/shipment/awbs`, { awbs: [awb] }, `Bearer ${token}`);
  },
};

/** The carrier comes anyway, because another parcel waits: it takes this one along without our label. */
async function collectedWithoutLabel(fate: string, scanned: string) {
  await only(all, 'delhivery');
  await untilOrder(all, await place(), 'delivered', `o.status = 'delivered'`);
  all.sandbox.faults.add({ operation: 'delhivery.packing_slip', kind: 'server_error' });
  const id = await place(fate);
  const order = await untilOrder(
    all,
    id,
    `${scanned} by what its carrier said`,
    `s.status = 'planned' and exists (select from app_public.order_events e
       where e.shipment_id = s.id and e.type = 'scan_recorded' and e.inputs ->> 'status' = '${scanned}')`,
  );
  return { ...order, external: id };
}

describe('an order that is cancelled while the label of its box cannot be fetched', () => {
  test('and whose parcel is at the door already: box and order say what is true', async () => {
    const { id, external } = await collectedWithoutLabel('012345', 'delivered');
    await member(cancelOrder, { id });
    const ended = await untilOrder(all, external, 'told of', `s.status = 'delivered'`);
    expect(ended).toMatchObject({
      status: 'cancelled',
      attention: 'CANCELLED_PARCEL_DELIVERED',
    });
  }, 90_000);

  test('and whose parcel is on its way: it turns back, and is returned', async () => {
    const { id, external } = await collectedWithoutLabel('770001', 'undelivered');
    await member(cancelOrder, { id });
    const ended = await untilOrder(all, external, 'back', `s.status = 'returned'`);
    expect(ended).toMatchObject({ status: 'cancelled', attention: 'CANCELLED_PARCEL_RETURNED' });
  }, 90_000);
});

describe.each(['delhivery', 'shiprocket'] as const)(
  'a parcel that is cancelled in the panel of %s',
  (carrier) => {
    async function cancelledThere() {
      await only(all, carrier);
      all.sandbox.books.pickups.splice(0);
      // Nobody comes for it.
      all.sandbox.faults.add({ operation: `${carrier}.pickup`, kind: 'too_many_requests' });
      const id = await place();
      const { awb } = await untilOrder(all, id, 'labelled', `o.status = 'labelled'`);
      await inThePanel[carrier](awb ?? '');
      const order = await untilOrder(
        all,
        id,
        'noticed',
        `o.attention = 'CANCELLED_AT_CARRIER' and s.status = 'labelled'`,
      );
      return { ...order, external: id };
    }

    test('alarms, and is booked anew with one that takes it', async () => {
      const { shipment, external } = await cancelledThere();
      await only(all, 'bluedart');
      await member(rebookShipment, { id: shipment });
      const anew = await untilOrder(
        all,
        external,
        'labelled anew',
        `s.booking = 2 and s.status <> 'planned'`,
      );
      expect(anew).toMatchObject({ carrier: 'bluedart', attention: null });
      expect(liveAwbs(all.sandbox, 'bluedart')).toContain(anew.awb);
    }, 90_000);

    test('alarms, until its order is cancelled, too', async () => {
      const { id, external } = await cancelledThere();
      await member(cancelOrder, { id });
      const ended = await untilOrder(all, external, 'called off', `s.status = 'cancelled'`);
      expect(ended).toMatchObject({ status: 'cancelled', attention: null });
    }, 90_000);
  },
);
