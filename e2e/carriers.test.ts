/** An order from the shop to the door with each carrier, against a sandbox that keeps its own books. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { carriers } from '../carriers/registry.ts';
import type { CarrierCode } from '../carriers/registry.ts';
import { only } from './carrier-books.ts';
import { startInOneProcess } from './one-process.ts';
import type { OneProcess } from './one-process.ts';

let all: OneProcess;
beforeAll(async () => {
  all = await startInOneProcess();
}, 60_000);
afterAll(() => all.close());
beforeEach(() => all.sandbox.faults.clear());

const codes = Object.keys(carriers) as CarrierCode[];
let orders = 8000;

interface Delivered {
  id: string;
  awb: string;
  carrier: string;
  cod_amount_minor: string;
  found: boolean;
  label: Buffer;
}

async function shipTo(status: string): Promise<Delivered> {
  orders += 1;
  const id = orders;
  expect(await all.webhook(id, {})).toBe(200);
  return all.workUntil<Delivered>(
    `the order to be ${status}`,
    `select o.id, s.awb, s.carrier, s.cod_amount_minor, l.pdf as label,
       (e.inputs ->> 'found_by_look_up')::boolean as found
     from app_public.orders_current o
     join app_public.shipments_current s on s.order_id = o.id
     join app_private.labels l on l.shipment_id = s.id
     join app_public.order_events e on e.shipment_id = s.id and e.type = 'shipment_booked'
     where o.external_id = $1 and o.status = $2`,
    [String(id), status],
  );
}

/** The parcels of a carrier as it knows them, with what it asks for at the door, in paise. */
function parcelsAt(carrier: CarrierCode): Map<string, number> {
  const { parcels, shiprocket, bluedart } = all.sandbox.books;
  const known = {
    delhivery: [...parcels.values()].map(({ awb, codAmount }) => ({ awb, codAmount })),
    shiprocket: [...shiprocket.orders.values()]
      .filter(({ awb }) => awb !== null)
      .map(({ awb, codAmount }) => ({ awb: awb ?? '', codAmount })),
    bluedart: [...bluedart.parcels.values()].map(({ awb, codAmount }) => ({ awb, codAmount })),
  };
  return new Map(known[carrier].map(({ awb, codAmount }) => [awb, Math.round(codAmount * 100)]));
}

describe.each(codes)('with %s', (carrier) => {
  test('an order is delivered: one parcel there, its amount, its label', async () => {
    await only(all, carrier);
    const before = parcelsAt(carrier);
    const delivered = await shipTo('delivered');
    expect(delivered.carrier).toBe(carrier);
    const made = [...parcelsAt(carrier)].filter(([awb]) => !before.has(awb));
    expect(made).toEqual([[delivered.awb, Number(delivered.cod_amount_minor)]]);
    expect(Number(delivered.cod_amount_minor)).toBeGreaterThan(0);
    expect(delivered.label.subarray(0, 4).toString()).toBe('%PDF');
  }, 90_000);

  test('a lost answer to the booking makes no second parcel', async () => {
    await only(all, carrier);
    const before = parcelsAt(carrier).size;
    const booking = {
      delhivery: 'delhivery.create',
      shiprocket: 'shiprocket.assign',
      bluedart: 'bluedart.waybill',
    }[carrier];
    all.sandbox.faults.add({ operation: booking, kind: 'drop_after', count: 1 });
    const delivered = await shipTo('delivered');
    expect(delivered.found).toBe(true);
    expect(parcelsAt(carrier).size).toBe(before + 1);
    expect(parcelsAt(carrier).has(delivered.awb)).toBe(true);
  }, 90_000);
});
