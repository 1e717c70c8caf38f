import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Sandbox } from '../sandbox.ts';
import {
  askForPickup,
  create,
  dig,
  parsed,
  postDelhivery,
  startCalmSandbox,
  startReceiver,
  today,
  track,
} from '../test-client.ts';
import type { Received, Receiver } from '../test-client.ts';

let receiver: Receiver;
let sandbox: Sandbox;
beforeEach(async () => {
  receiver = await startReceiver();
  sandbox = await startCalmSandbox({ carrierWebhookUrl: receiver.url });
});
afterEach(async () => {
  await sandbox.close();
  await receiver.close();
});

const pushed = ({ body }: Received, ...path: string[]) => dig(parsed(body), 'Shipment', ...path);
const ended = (status: string) => (received: readonly Received[]) =>
  received.some((one) => pushed(one, 'Status', 'Status') === status);
const statuses = () =>
  receiver.received.map(
    (one) =>
      `${String(pushed(one, 'Status', 'StatusType'))} ${String(pushed(one, 'Status', 'Status'))}`,
  );

describe('a parcel on its way', () => {
  test('nothing moves before the warehouse has a pickup', async () => {
    await create(sandbox);
    await receiver.until(ended('Manifested'));
    const [parcel] = sandbox.books.parcels.values();
    expect(parcel?.pickupId).toBeNull();
    expect(parcel?.scans).toHaveLength(1);
  });

  test('with a pickup it goes to the door, each scan pushed with the secret', async () => {
    await create(sandbox);
    await askForPickup(sandbox);
    await receiver.until(ended('Delivered'));
    expect(statuses()).toEqual([
      'UD Manifested',
      'UD In Transit',
      'UD In Transit',
      'UD Dispatched',
      'DL Delivered',
    ]);
    const last = receiver.received.at(-1);
    expect(last?.headers['x-waybill-carrier-secret']).toBe('sandbox-scan-secret');
    expect(last && pushed(last)).toMatchObject({ ReferenceNo: 'SHOP1-10021', NSLCode: 'EOD-38' });
  });

  test('the poll tells the same story with the same times as the push', async () => {
    await create(sandbox);
    await askForPickup(sandbox);
    await receiver.until(ended('Delivered'));
    const { at } = await track(sandbox, 'ref_ids=SHOP1-10021');
    expect(at('ShipmentData', 0, 'Shipment', 'Status')).toMatchObject({
      Status: 'Delivered',
      StatusType: 'DL',
      RecievedBy: 'Asha R',
    });
    // Pushed at least once: an answer that comes late is not waited for, and the scan is pushed again.
    // Two scans may have the same time, cut as it is.
    const told = receiver.received.map((one) =>
      [pushed(one, 'Status', 'StatusDateTime'), pushed(one, 'NSLCode')].map(String).join(' '),
    );
    const scan = (field: string) =>
      at('ShipmentData', 0, 'Shipment', 'Scans', '*', 'ScanDetail', field) as string[];
    const codes = scan('StatusCode');
    expect(scan('ScanDateTime').map((time, index) => `${time} ${codes[index]}`)).toEqual([
      ...new Set(told),
    ]);
  });

  test.each([
    ['9847770001', 'Delivered', 'UD Pending'],
    ['9847770002', 'RTO', 'RT In Transit'],
    ['9847770003', 'Lost', 'LT Lost'],
  ])('the phone %s ends in %s', async (phone, end, onTheWay) => {
    await create(sandbox, { phone });
    await askForPickup(sandbox);
    await receiver.until(ended(end));
    expect(statuses()).toContain(onTheWay);
  });

  test('a parcel made after the pickup was asked for goes with it', async () => {
    await askForPickup(sandbox);
    await create(sandbox);
    await receiver.until(ended('Delivered'));
    const [pickup] = sandbox.books.pickups;
    expect([...sandbox.books.parcels.values()][0]?.pickupId).toBe(pickup?.id);
  });

  test('cancelled in the warehouse it is not picked, cancelled on the way it returns', async () => {
    const cancel = (waybill: string) =>
      postDelhivery(sandbox, '/api/p/edit', { waybill, cancellation: 'true' });
    const { textAt } = await create(sandbox, { order: 'STAYS' });
    await cancel(textAt('packages', 0, 'waybill'));
    await receiver.until(ended('Not Picked'));
    const last = receiver.received.at(-1);
    expect(last && pushed(last)).toMatchObject({
      NSLCode: 'DTUP-210',
      Status: { Instructions: 'Seller cancelled the order' },
    });

    const moving = await create(sandbox, { order: 'TURNS', phone: '9847770001' });
    await askForPickup(sandbox);
    await receiver.until(ended('Dispatched'));
    await cancel(moving.textAt('packages', 0, 'waybill'));
    await receiver.until(ended('RTO'));
    expect(statuses()).not.toContain('DL Delivered');
  });

  test('a receiver that fails gets one more try at once and then never again', async () => {
    const failing = await startReceiver(() => 500);
    sandbox.setWebhookTargets({ carrier: failing.url });
    await create(sandbox);
    await failing.until((received) => received.length === 2);
    expect(failing.received[0]?.body).toBe(failing.received[1]?.body);
    sandbox.setWebhookTargets({ carrier: receiver.url });
    await askForPickup(sandbox);
    await receiver.until(ended('Delivered'));
    expect(failing.received).toHaveLength(2);
    expect(sandbox.books.requests['delhivery.webhook']).toMatchObject({ failed: 2, lost: 1 });
    await failing.close();
  });
});

describe('asking for a pickup', () => {
  test('the first answer is 201, the second names the first', async () => {
    const first = await askForPickup(sandbox);
    expect(first.status).toBe(201);
    expect(first.json).toMatchObject({
      client_name: 'WAYBILL SURFACE',
      pickup_location_name: 'KOCHI-1',
      expected_package_count: 1,
    });
    const second = await askForPickup(sandbox);
    expect(second.json).toMatchObject({
      status: false,
      success: false,
      pr_exist: true,
      pickup_id: first.at('pickup_id'),
    });
    expect(second.at('data', 'message')).toMatch(/A Pickup Request \d+ for this .* Already Exist/);
    expect(sandbox.books.pickups).toHaveLength(1);
  });

  test('another warehouse has its own visit', async () => {
    await askForPickup(sandbox);
    expect((await askForPickup(sandbox, { pickup_location: 'BLR-1' })).status).toBe(201);
  });

  test.each([
    [{ pickup_date: '2020-01-01' }, 'pickup_date', /cannot be in past/],
    [{ pickup_date: '2099-01-01' }, 'pickup_date', /7 days/],
    [{ pickup_date: today().replaceAll('-', '/') }, 'pickup_date', /YYYY-MM-DD/],
    [{ pickup_time: '3pm' }, 'pickup_time', /HH:MM:SS/],
    [{ pickup_location: 'kochi-1' }, 'pickup_location', /ClientWarehouse matching query/],
    [{ pickup_location: 'CLOSED-1' }, 'pickup_location', /Wrong\/Inactive center/],
    [{ expected_package_count: 0 }, 'expected_package_count', /integer/],
  ])('%j is refused under its key', async (change, key, reason) => {
    const { status, at } = await askForPickup(sandbox, change);
    expect(status).toBe(400);
    expect(at(key)).toMatch(reason);
    expect(sandbox.books.pickups).toHaveLength(0);
  });
});
