import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Outcome } from '../../outbound/outcome.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { startCalmSandbox, startReceiver } from '../../sandbox/test-client.ts';
import type { Receiver } from '../../sandbox/test-client.ts';
import type { ParcelStatus } from '../tracking-scan.ts';
import { bookParcel, firstMemory } from './book-parcel.ts';
import type { Booked } from './book-parcel.ts';
import type { Booking } from './booking.ts';
import * as calls from './calls.ts';
import { parseScanPush } from './parse-webhook.ts';
import { booking } from './samples.ts';
import { callerOf } from './test-caller.ts';
import type { Caller } from './test-caller.ts';

let receiver: Receiver;
let sandbox: Sandbox;
let caller: Caller;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  await sandbox.close();
  await receiver.close();
});

async function open(parcelStepMs: number): Promise<void> {
  sandbox = await startCalmSandbox({ parcelStepMs, shiprocketWebhookUrl: receiver.url });
  caller = callerOf(sandbox);
}

async function value<T>(outcome: Promise<Outcome<T>>): Promise<T> {
  const settled = await outcome;
  if (settled.kind !== 'done') throw new Error(JSON.stringify(settled));
  return settled.value;
}

async function book(change: Partial<Booking> = {}): Promise<Booked> {
  const meant = { ...booking, ...change };
  const offers = await value(
    caller.send(
      calls.serviceability({
        fromPincode: '682001',
        toPincode: meant.consignee.pincode,
        weightGrams: meant.weightGrams,
        cod: meant.payment.mode === 'cod',
        declaredMinor: meant.totalMinor,
      }),
    ),
  );
  return value(
    bookParcel(caller.send, {
      booking: meant,
      courierIds: offers.map(({ courierId }) => courierId),
      memory: firstMemory,
      remember: async () => undefined,
    }),
  );
}

async function ship(phone = '9847012345'): Promise<Booked> {
  const booked = await book({ consignee: { ...booking.consignee, phone } });
  await value(caller.send(calls.requestPickup(booked.shipmentId, tomorrow())));
  return booked;
}

const tomorrow = () => new Date(Date.now() + 29.5 * 3_600_000).toISOString().slice(0, 10);

/** What the pushes so far say, in our words. */
const pushed = (): (ParcelStatus | null)[] =>
  receiver.received.map(({ body }) => {
    const push = parseScanPush(JSON.parse(body));
    return push.ok ? (push.scans.at(-1)?.status ?? null) : null;
  });
const until = (status: ParcelStatus) => receiver.until(() => pushed().includes(status));

describe('a parcel from its rates to the door', () => {
  test('papers, pickup, statuses by push and by poll', async () => {
    await open(5);
    const booked = await ship();
    const { link } = await value(caller.send(calls.generateLabel(booked.shipmentId)));
    const label = await value(caller.send(calls.download(link)));
    expect(new TextDecoder('latin1').decode(label.pdf)).toContain(`(${booked.awb}) Tj`);

    const again = await value(caller.send(calls.requestPickup(booked.shipmentId, tomorrow())));
    expect(again.how).toBe('existing');
    const manifest = await value(caller.send(calls.generateManifest([booked.shipmentId])));
    const second = await caller.send(calls.generateManifest([booked.shipmentId]));
    expect(second.kind).toBe('exists');
    const printed = await value(caller.send(calls.printManifest([booked.orderId])));
    for (const one of [manifest, printed]) {
      expect((await value(caller.send(calls.download(one.link)))).pdf.length).toBeGreaterThan(500);
    }

    await until('delivered');
    const polled = await value(caller.send(calls.trackShipments([booked.awb, '999'])));
    expect(polled.shipments.map(({ scans }) => scans.map(({ status }) => status))).toEqual([
      [null, 'handed_over', 'in_transit', 'out_for_delivery', 'delivered'],
    ]);
  });

  test.each<[phone: string, end: ParcelStatus, onTheWay: ParcelStatus]>([
    ['9847770001', 'delivered', 'undelivered'],
    ['9847770002', 'returned', 'rto'],
    ['9847770003', 'lost', 'in_transit'],
  ])('the phone %s: %s by way of %s', async (phone, end, onTheWay) => {
    await open(5);
    await ship(phone);
    await until(end);
    expect(pushed()).toContain(onTheWay);
  });

  test('the wallet pays the price that was quoted', async () => {
    await open(60_000);
    const before = await value(caller.send(calls.walletBalance()));
    const { freightMinor } = await book();
    const after = await value(caller.send(calls.walletBalance()));
    expect(before.balanceMinor - after.balanceMinor).toBe(freightMinor);
  });

  test('where nobody delivers there is no rate', async () => {
    await open(60_000);
    const question = { fromPincode: '682001', weightGrams: 450, declaredMinor: 100 };
    const ask = (toPincode: string, cod: boolean) =>
      value(caller.send(calls.serviceability({ ...question, toPincode, cod })));
    expect(await ask('799999', false)).toEqual([]);
    expect(await ask('744999', false)).toEqual([]);
    expect(await ask('793999', true)).toEqual([]);
    expect(await ask('793999', false)).not.toEqual([]);
  });
});

describe('calling a parcel off', () => {
  test('is accepted, then done, and again is the same', async () => {
    await open(5);
    const { awb, orderId } = await book();
    expect(await value(caller.send(calls.cancelAwb(awb)))).toBe(true);
    await until('cancelled');
    expect(await value(caller.send(calls.cancelOrder(orderId)))).toBe(true);
    expect((await value(caller.send(calls.showOrder(orderId)))).cancelled).toBe(true);
  });

  test('what Shiprocket does not know is absent', async () => {
    await open(5);
    const { shipmentId } = await book();
    for (const call of [calls.cancelOrder(7), calls.cancelOrder(shipmentId), calls.cancelAwb('7')])
      expect(await caller.send(call)).toEqual({ kind: 'absent' });
  });

  test('a lost answer is repeated without harm', async () => {
    await open(60_000);
    const { orderId } = await book();
    sandbox.faults.add({ operation: 'shiprocket.cancel', kind: 'server_error_after', count: 1 });
    expect((await caller.send(calls.cancelOrder(orderId))).kind).toBe('unknown');
    expect(await value(caller.send(calls.cancelOrder(orderId)))).toBe(true);
  });
});

describe('a failed attempt', () => {
  test('is listed, and can be tried again elsewhere or go home', async () => {
    await open(150);
    const { awb } = await ship('9847770001');
    await until('undelivered');
    const { attempts } = await value(caller.send(calls.listNdr(1)));
    expect(attempts).toMatchObject([{ awb, attempts: 1, reason: 'Customer not available' }]);
    const retry = { kind: 're_attempt', on: tomorrow(), phone: '9847099999', address: 'Gate 2' };
    expect(
      await value(caller.send(calls.actOnNdr(awb, { ...retry, kind: 're_attempt' }, 'Ring first'))),
    ).toBe(true);
    expect(await value(caller.send(calls.actOnNdr(awb, { kind: 'return' }, '')))).toBe(true);
    const [order] = sandbox.books.shiprocket.orders.values();
    expect(order?.ndr?.actions).toMatchObject([
      { action: 're-attempt', phone: '9847099999', address: 'Gate 2', deferredDate: tomorrow() },
      { action: 'return', phone: '', address: '' },
    ]);
    await until('returned');
    expect(await caller.send(calls.actOnNdr(awb, { kind: 'return' }, ''))).toMatchObject({
      kind: 'refused',
      code: 'not-in-ndr',
    });
  });
});
