import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Sandbox } from '../sandbox.ts';
import { dig, parsed, startCalmSandbox, startReceiver } from '../test-client.ts';
import type { Received, Receiver } from '../test-client.ts';
import {
  askForPickup,
  madeAwb,
  pickupBody,
  post,
  profile,
  reasonIn,
  track,
} from './test-client.ts';

let receiver: Receiver;
let sandbox: Sandbox;
beforeEach(async () => {
  receiver = await startReceiver();
  sandbox = await startCalmSandbox({ blueDartWebhookUrl: receiver.url });
});
afterEach(async () => {
  await sandbox.close();
  await receiver.close();
});

const pushed = ({ body }: Received, name: string) =>
  String(dig(parsed(body), 'statustracking', 0, 'Shipment', name));
const ended = (text: string) => (received: readonly Received[]) =>
  received.some((one) => pushed(one, 'Scan') === text);
const cancel = (awb: string) =>
  post(sandbox, '/waybill/v1/CancelWaybill', { Request: { AWBNo: awb }, Profile: profile });

describe('a parcel on its way', () => {
  test('it waits for a pickup and then goes to the door, each scan pushed with the secret', async () => {
    const awb = await madeAwb(sandbox);
    await receiver.until(ended('ONLINE SHIPMENT BOOKED'));
    expect(sandbox.books.bluedart.parcels.get(awb)?.scans).toHaveLength(1);
    await askForPickup(sandbox);
    await receiver.until(ended('SHIPMENT DELIVERED'));
    const last = receiver.received.at(-1);
    expect(last?.headers['x-waybill-carrier-secret']).toBe('sandbox-scan-secret');
    expect(last && parsed(last.body)).toMatchObject({
      statustracking: [
        { Shipment: { WaybillNo: awb, ScanCode: '000', ScanType: 'DL', ScanGroupType: 'T' } },
      ],
    });
    expect(last && pushed(last, 'ScanDate')).toMatch(/^\d\d-\d\d-\d{4}$/);
    expect(last && pushed(last, 'ScanTime')).toMatch(/^\d{4}$/);
  });

  test.each([
    ['9847770001', 'SHIPMENT DELIVERED', 'CONSIGNEE NOT AVAILABLE'],
    ['9847770002', 'RTO SHIPMENT DELIVERED', 'UNDELIVERED RETURN/REDIRECT INITIATED'],
    ['9847770003', 'SHIPMENT LOST', 'SHIPMENT ARRIVED'],
  ])('the phone %s ends in %s', async (phone, end, onTheWay) => {
    await madeAwb(sandbox, { consignee: { ConsigneeMobile: phone } });
    await askForPickup(sandbox);
    await receiver.until(ended(end));
    expect(receiver.received.map((one) => pushed(one, 'Scan'))).toContain(onTheWay);
  });

  test('a push that is refused comes three times more and is gone', async () => {
    const failing = await startReceiver(() => 500);
    sandbox.setWebhookTargets({ bluedart: failing.url });
    await madeAwb(sandbox);
    await failing.until((received) => received.length === 4);
    sandbox.setWebhookTargets({ bluedart: receiver.url });
    await askForPickup(sandbox);
    await receiver.until(ended('SHIPMENT DELIVERED'));
    expect(failing.received).toHaveLength(4);
    await failing.close();
  });
});

describe('tracking', () => {
  test('one shipment is an object with one scan inside an object', async () => {
    const awb = await madeAwb(sandbox);
    const { at } = await track(sandbox, { numbers: awb });
    expect(at('ShipmentData', 'Shipment')).toMatchObject({
      WaybillNo: awb,
      RefNo: 'SHOP110021',
      Status: 'ONLINE SHIPMENT BOOKED',
      Scans: { ScanDetail: [{ ScanCode: '092' }] },
    });
    expect(at('ShipmentData', 'Shipment', 'StatusDate')).toMatch(/^\d\d [A-Z][a-z]+ \d{4}$/);
  });

  test('several are an array, the unknown ones without information', async () => {
    const awb = await madeAwb(sandbox);
    const { at } = await track(sandbox, { numbers: `${awb},90009999999` });
    expect(at('ShipmentData', 'Shipment', '*', 'WaybillNo')).toEqual([awb, '90009999999']);
    expect(at('ShipmentData', 'Shipment', 1, 'Status')).toMatch(/No Information$/);
  });

  test('a parcel is also found by its reference', async () => {
    const awb = await madeAwb(sandbox);
    const { at } = await track(sandbox, { awb: 'ref', numbers: 'SHOP110021' });
    expect(at('ShipmentData', 'Shipment', 'WaybillNo')).toBe(awb);
  });

  test('a cancelled one is answered as if it had never existed', async () => {
    const awb = await madeAwb(sandbox);
    await cancel(awb);
    const { at } = await track(sandbox, { numbers: awb });
    expect(at('ShipmentData', 'Error')).toBe('Incorrect Waybill number or No Information');
  });

  test('a version number or a wrong licence is a license mismatch, no format is XML', async () => {
    const awb = await madeAwb(sandbox);
    const mismatch = { ShipmentData: { Error: 'License Mismatch' } };
    expect((await track(sandbox, { numbers: awb, verno: '1' })).json).toEqual(mismatch);
    expect((await track(sandbox, { numbers: awb, lickey: 'x' })).json).toEqual(mismatch);
    expect((await track(sandbox, { numbers: awb, format: 'xml' })).text).toContain(
      `<Shipment WaybillNo="${awb}" RefNo="SHOP110021">`,
    );
  });
});

describe('calling off', () => {
  test('a waybill goes before it was scanned in, once', async () => {
    const awb = await madeAwb(sandbox);
    expect((await cancel(awb)).at('CancelWaybillResult')).toMatchObject({
      AWBNo: awb,
      IsError: false,
      Status: [{ StatusCode: 'CancelSuccess' }],
    });
    expect((await cancel(awb)).at('CancelWaybillResult', 'Status', 0, 'StatusCode')).toBe(
      'WaybillAlreadyCancelled',
    );
    await askForPickup(sandbox);
    expect(sandbox.books.bluedart.parcels.get(awb)?.pickupToken).toBeNull();
  });

  test('afterwards it is refused', async () => {
    const awb = await madeAwb(sandbox);
    await askForPickup(sandbox);
    await receiver.until(ended('SHIPMENT PICKED UP'));
    expect(reasonIn(await cancel(awb))).toMatch(/already in-scanned/);
    expect(reasonIn(await cancel('90009999999'))).toBe('Invalid Waybill Number');
  });
});

describe('asking for a pickup', () => {
  test('the second for the same place and day is already registered', async () => {
    const first = await askForPickup(sandbox);
    expect(first.at('RegisterPickupResult', 'TokenNumber')).toMatch(/^\d+$/);
    expect((await askForPickup(sandbox)).text).toContain('PickupIsAlreadyRegister');
    expect(sandbox.books.bluedart.pickups).toHaveLength(1);
  });

  test.each([
    ['no sub products', { SubProducts: [] }, 'Sub products are not valid'],
    ['a letter for one', { SubProducts: ['C'] }, 'Sub products are not valid'],
    ['a day in the past', { ShipmentPickupDate: '/Date(1767465000000)/' }, 'Pickup date cannot'],
    ['no phone', { MobileTelNo: '' }, 'Mobile number is not valid'],
    ['a long line', { CustomerAddress1: 'x'.repeat(31) }, 'Customer address is not valid'],
    ['an area of elsewhere', { AreaCode: 'BOM' }, 'Area and service centre are not'],
    ['no pieces', { NumberofPieces: 0 }, 'Number of pieces'],
  ])('%s is refused', async (_what, change, reason) => {
    expect(reasonIn(await askForPickup(sandbox, change)).startsWith(reason)).toBe(true);
    expect(sandbox.books.bluedart.pickups).toHaveLength(0);
  });

  test('capital letters in the envelope are a null reference', async () => {
    const body = JSON.stringify(pickupBody()).replace('"request"', '"Request"');
    expect(reasonIn(await post(sandbox, '/pickup/v1/RegisterPickup', body))).toMatch(/^Object ref/);
  });

  test('it is called off by its number and date, and only once', async () => {
    const { at } = await askForPickup(sandbox);
    const off = (token: unknown, date = at('RegisterPickupResult', 'ShipmentPickupDate')) =>
      post(sandbox, '/cancel-pickup/v1/CancelPickup', {
        request: { TokenNumber: token, PickupRegistrationDate: date, Remarks: 'Cancelled' },
        profile,
      });
    const token = String(at('RegisterPickupResult', 'TokenNumber'));
    expect(reasonIn(await off(token))).toBe('Token number is not valid');
    expect(reasonIn(await off(Number(token), '/Date(1767465000000)/'))).toBe(
      'Pickup is not registered',
    );
    expect((await off(Number(token))).text).toContain('CancelSuccess');
    expect((await off(Number(token))).text).toContain('PickupAlreadyCancelled');
    expect((await askForPickup(sandbox)).status).toBe(200);
  });
});

describe('finding', () => {
  const find = (pinCode: string) =>
    post(sandbox, '/finder/v1/GetServicesforPincode', { pinCode, profile });
  const result = 'GetServicesforPincodeResult';

  test('a served pin says Yes, with the misspelt keys', async () => {
    expect((await find('682001')).at(result)).toMatchObject({
      AreaCode: 'COK',
      eTailCODAirInbound: 'Yes',
      eTailPrePaidAirOutound: 'Yes',
      Embargo: 'No',
      IsError: false,
    });
  });

  test('embargo, no COD, not served, blank', async () => {
    expect((await find('744999')).at(result, 'Embargo')).toBe('Yes');
    expect((await find('793999')).at(result, 'eTailCODGroundInbound')).toBe('No');
    expect((await find('799999')).at(result, 'IsError')).toBe(true);
    expect(reasonIn(await find(''))).toBe('Pincode cannot be blank ');
  });

  test('transit times and products', async () => {
    const transit = await post(sandbox, '/transit/v1/GetDomesticTransitTimeForPinCodeandProduct', {
      pPinCodeFrom: '682001',
      pPinCodeTo: '110001',
      pProductCode: 'E',
      pSubProductCode: 'P',
      pPudate: '/Date(1767465000000)/',
      pPickupTime: '1600',
      profile,
    });
    expect(transit.text).toContain(`/Date(${1767465000000 + 4 * 86_400_000}+0530)/`);
    const products = await post(sandbox, '/allproduct/v1/GetAllProductsAndSubProducts', {
      profile,
    });
    expect(products.text).toContain('TDD');
  });
});
