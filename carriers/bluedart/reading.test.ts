import { describe, expect, test } from '@jest/globals';
import type { ParcelStatus } from '../tracking-scan.ts';
import { parseCancelShipment } from './cancel-shipment.ts';
import { parcelStatus } from './codes.ts';
import { parseLogin } from './login.ts';
import { parseScanPush } from './parse-webhook.ts';
import { blueDartReference } from './reference.ts';
import {
  buildCancelPickup,
  buildRequestPickup,
  parseCancelPickup,
  parseRequestPickup,
} from './request-pickup.ts';
import { answerOf, booking, refused, session } from './samples.ts';
import { parseServiceability, parseTransitTime } from './serviceability.ts';
import { dayOfJsonDate, istMoment, jsonDateOf } from './times.ts';
import { buildTrackByReferences, buildTrackByWaybills, parseTracking } from './track-shipments.ts';

describe('references', () => {
  test.each([
    ['W1-1001-1', 'W1X1001X1'],
    ['SHOP110021', 'SHOP110021'],
  ])('%s is sent as %s', (reference, form) => {
    expect(blueDartReference(reference)).toBe(form);
  });

  test.each(['A_1', 'a1', 'X1', '-A', 'A--1', 'A'.repeat(21), 'W12345-123456789-1234'])(
    '%s becomes a digest that Blue Dart takes',
    (reference) => {
      expect(blueDartReference(reference)).toMatch(/^XX[A-Z0-9]{18}$/);
      expect(blueDartReference(reference)).toBe(blueDartReference(reference));
    },
  );

  test('references that look alike without their signs stay apart', () => {
    const alike = ['W1-10-01', 'W1-1-001', 'W110-01', 'W11001', 'W1_10_01', 'w1-10-01', 'W1X10X01'];
    expect(new Set(alike.map(blueDartReference)).size).toBe(alike.length);
  });
});

test.each<[type: string, group: string, code: string, text: string, ParcelStatus | null]>([
  ['DL', 'T', '000', 'SHIPMENT DELIVERED', 'delivered'],
  ['DL', '', '000', '', 'delivered'],
  ['DL', 'T', '088', 'SOMETHING DELIVERED', null],
  ['DL', 'RT', '000', 'SHIPMENT DELIVERED', 'returned'],
  ['RT', 'RT', '000', 'RTO SHIPMENT DELIVERED', 'returned'],
  ['RT', 'RT', '074', 'UNDELIVERED RETURN/REDIRECT INITIATED', 'rto'],
  ['UD', 'T', '074', 'UNDELIVERED RETURN/REDIRECT INITIATED', null],
  ['UD', 'RS', '003', 'SHIPMENT FURTHER CONNECTED', 'rto'],
  ['RT', 'RT', '011', 'NOT DELIVERED, SHIPPER CLOSED', 'rto'],
  ['UD', 'T', '', 'RTO NETWORK ISSUES', 'rto'],
  ['RD', 'T', '', 'REDIRECTED ON SAME AWB TO SHIPPER', 'rto'],
  ['UD', 'S', '030', 'PICKUP HAS BEEN REGISTERED', null],
  ['UD', 'S', '', 'PICKUP NOT ATTEMPTED, ADDRESS INCOMPLETE', null],
  ['UD', 'S', '092', 'ONLINE SHIPMENT BOOKED', null],
  ['UD', 'S', '015', 'SHIPMENT PICKED UP', 'handed_over'],
  ['UD', 'S', '003', 'SHIPMENT FURTHER CONNECTED', 'in_transit'],
  ['UD', 'S', '001', 'SHIPMENT ARRIVED', 'in_transit'],
  ['UD', 'S', '002', 'SHIPMENT OUT FOR DELIVERY', 'out_for_delivery'],
  ['UD', 'T', '011', 'CONSIGNEE NOT AVAILABLE', 'undelivered'],
  ['UD', 'T', '', 'Delivery Attempted-Premises Closed', 'undelivered'],
  ['UD', 'T', '', 'OFFICE CLOSED; UNABLE TO DELIVER', 'undelivered'],
  ['UD', 'T', '', 'SHIPMENT LOST', 'lost'],
  ['RT', 'RT', '', 'SHIPMENT LOST', 'lost'],
  ['UD', 'T', '', 'Awb Rejected On Field', null],
  ['UD', 'T', '777', 'SHIPMENT TELEPORTED', null],
  ['', '', '', '', null],
])('%s %s %s «%s» becomes %s', (type, group, code, text, becomes) => {
  expect(parcelStatus({ type, group, code, text })).toBe(becomes);
});

describe('times', () => {
  test.each([
    ['06-Jan-2026', '14:48', '2026-01-06T14:48:00+05:30'],
    ['06 January 2026', '14:48', '2026-01-06T14:48:00+05:30'],
    ['06-01-2026', '1448', '2026-01-06T14:48:00+05:30'],
    ['6/01/2026', '00:00:09', '2026-01-06T00:00:09+05:30'],
    ['30-12-0000', '0000', null],
    ['31-02-2026', '1448', null],
    ['06-Jan-2026', '25:00', null],
    ['06-Jan-2026', '', null],
    ['', '', null],
  ])('%s %s is %s', (date, time, moment) => {
    expect(istMoment(date, time)).toBe(moment);
  });

  test('a day goes out as midnight in India and comes back as itself', () => {
    expect(jsonDateOf('2026-01-04')).toBe('/Date(1767465000000)/');
    expect(dayOfJsonDate('/Date(1767465000000+0530)/')).toBe('2026-01-04');
    expect(dayOfJsonDate('tomorrow')).toBeNull();
  });
});

describe('tracking', () => {
  const detail = (Scan: string, ScanCode: string, ScanType: string, ScanTime: string) => ({
    Scan,
    ScanCode,
    ScanType,
    ScanDate: '06-Jan-2026',
    ScanTime,
    ScannedLocation: 'KOCHI HUB',
  });
  const delivered = detail('SHIPMENT DELIVERED', '000', 'DL', '14:48');
  const out = detail('SHIPMENT OUT FOR DELIVERY', '002', 'UD', '09:10');
  const shipment = (change: object = {}) => ({
    WaybillNo: '90001481544',
    RefNo: 'W1X1001X1',
    Status: 'SHIPMENT DELIVERED',
    StatusType: 'DL',
    StatusDate: '06 January 2026',
    StatusTime: '14:48',
    Scans: [{ ScanDetail: delivered }, { ScanDetail: out }],
    ...change,
  });
  const parse = (Shipment: unknown) => parseTracking(answerOf({ ShipmentData: { Shipment } }));

  test.each([
    ['an object', shipment()],
    ['an array', [shipment()]],
    ['scans in one object', shipment({ Scans: { ScanDetail: [delivered, out] } })],
    ['scans without wrapping', shipment({ Scans: [delivered, out] })],
    ['a number for the waybill', shipment({ WaybillNo: 90001481544 })],
  ])('%s: the same story, oldest first', (_what, Shipment) => {
    expect(parse(Shipment)).toMatchObject({
      kind: 'done',
      value: {
        shipments: [
          {
            awb: '90001481544',
            reference: 'W1X1001X1',
            scans: [
              { status: 'out_for_delivery', carrierCode: 'UD-002' },
              {
                status: 'delivered',
                carrierCode: 'DL-000',
                occurredAt: '2026-01-06T14:48:00+05:30',
                location: 'KOCHI HUB',
              },
            ],
          },
        ],
        missing: [],
        unreadable: [],
      },
    });
  });

  test('after a return has begun, delivered means returned', () => {
    const back = detail('RTO SHIPMENT FURTHER CONNECTED', '003', 'UD', '11:00');
    const outcome = parse(shipment({ Scans: [delivered, back, out] }));
    const statuses =
      outcome.kind === 'done' ? outcome.value.shipments[0]?.scans.map(({ status }) => status) : [];
    expect(statuses).toEqual(['out_for_delivery', 'rto', 'returned']);
  });

  test('unknown ones are missing, broken ones are named, the others are read', () => {
    const unknown = { WaybillNo: '2', Status: 'Incorrect Waybill number or No Information' };
    const broken = shipment({ WaybillNo: '3', Scans: null });
    expect(parse([shipment(), unknown, broken, 'x'])).toMatchObject({
      kind: 'done',
      value: { missing: ['2'], unreadable: ['3', ''] },
    });
    expect(parse([unknown])).toEqual({ kind: 'absent' });
    expect(parse([broken])).toMatchObject({ kind: 'drift' });
  });

  test.each([
    [
      'no information',
      { ShipmentData: { Error: 'Incorrect waybill number or No information' } },
      { kind: 'absent' },
    ],
    [
      'a mismatch',
      { ShipmentData: { Error: 'License Mismatch' } },
      { kind: 'account', code: 'licence-mismatch' },
    ],
    ['XML', '<?xml version="1.0"?><ShipmentData><Shipment/></ShipmentData>', { kind: 'drift' }],
    ['an empty body', '', { kind: 'drift', code: 'empty-body' }],
  ])('%s', (_what, body, expected) => {
    expect(parseTracking(answerOf(body))).toMatchObject(expected);
  });

  test('the request asks for scans, and for no version unless told to', () => {
    const { url } = buildTrackByWaybills(session, ['1', '2']);
    expect(url).toContain('numbers=1,2');
    expect(url).toContain('scan=1');
    expect(url).not.toContain('verno');
    expect(buildTrackByWaybills({ ...session, trackingVersion: '1' }, ['1']).url).toContain(
      'verno=1',
    );
    expect(buildTrackByReferences(session, ['W1-1001-1']).url).toMatch(
      /awb=ref.*numbers=W1X1001X1$/,
    );
    expect(() => buildTrackByWaybills(session, [])).toThrow(RangeError);
  });
});

describe('the push', () => {
  const flat = {
    WaybillNo: '90001481544',
    RefNo: 'W1X1001X1',
    Scan: 'SHIPMENT DELIVERED',
    ScanCode: '000',
    ScanGroupType: 'T',
    ScanType: 'DL',
    ScanDate: '06-01-2026',
    ScanTime: '1448',
    ScannedLocationCode: 'COK',
    Comments: 'call 9847000000',
  };
  const scan = {
    awb: '90001481544',
    status: 'delivered',
    carrierCode: 'DL-000',
    occurredAt: '2026-01-06T14:48:00+05:30',
    location: 'COK',
    remark: 'call …',
  };

  test('flat and nested say the same', () => {
    const { WaybillNo, ...detail } = flat;
    const nested = { WaybillNo, Scans: { ScanDetail: [detail] } };
    for (const Shipment of [flat, nested]) {
      const parsed = parseScanPush({ statustracking: [{ Shipment }] });
      expect(parsed).toMatchObject({ ok: true, scans: [scan], unreadable: 0 });
    }
  });

  test('the key of a push is the same for the same scan', () => {
    const key = (Shipment: object) => parseScanPush({ statustracking: [{ Shipment }] });
    expect(key(flat)).toEqual(key({ ...flat, ScanTime: '14:48' }));
    expect(key(flat)).not.toEqual(key({ ...flat, ScanTime: '1449' }));
  });

  test.each([
    ['nothing', null],
    ['another shape', { Shipment: flat }],
    ['a null date', { statustracking: [{ Shipment: { ...flat, ScanDate: '30-12-0000' } }] }],
    ['no waybill', { statustracking: [{ Shipment: { ...flat, WaybillNo: '' } }] }],
  ])('%s is no push', (_what, payload) => {
    expect(parseScanPush(payload)).toMatchObject({ ok: false });
  });
});

describe('small calls', () => {
  const cancelled = (code: string, info: string, isError = true) =>
    answerOf({
      CancelWaybillResult: {
        AWBNo: '1',
        IsError: isError,
        Status: [{ StatusCode: code, StatusInformation: info }],
      },
    });
  test.each([
    [cancelled('CancelSuccess', 'ok', false), { kind: 'done' }],
    [cancelled('X', 'Waybill is already cancelled'), { kind: 'done' }],
    [cancelled('CancelFailure', 'in-scanned'), { kind: 'refused', code: 'already-collected' }],
    [cancelled('InvalidWaybill', 'Invalid Waybill Number'), { kind: 'absent' }],
    [answerOf(''), { kind: 'unknown' }],
  ])('cancelling %#', (answer, expected) => {
    expect(parseCancelShipment('1', answer)).toMatchObject(expected);
  });

  const wish = {
    location: booking.pickupLocation,
    sellerName: 'Shop',
    waybills: ['90001481544'],
    date: '2026-01-04',
    time: '16:00',
    closesAt: '18:00',
    weightGrams: 451,
  };
  const registered = {
    RegisterPickupResult: {
      IsError: false,
      TokenNumber: '30526640',
      ShipmentPickupDate: '/Date(1767465000000)/',
      Status: [{ StatusCode: 'InsertSuccess', StatusInformation: '' }],
    },
  };

  test('a pickup has lower-case keys, or capital ones where the gateway wants them', () => {
    const keys = (body?: string) => Object.keys(JSON.parse(body ?? '') as object);
    expect(keys(buildRequestPickup(session, wish).body)).toEqual(['request', 'profile']);
    const upper = { ...session, pickupEnvelope: 'upper' as const };
    expect(keys(buildRequestPickup(upper, wish).body)).toEqual(['Request', 'Profile']);
  });

  test.each([
    [
      answerOf(registered),
      { kind: 'done', value: { token: '30526640', date: '2026-01-04', how: 'new' } },
    ],
    [
      refused('PickupIsAlreadyRegister', ''),
      { kind: 'done', value: { token: null, how: 'existing' } },
    ],
    [refused('X', 'Pickup is already registered', 'nested'), { kind: 'done' }],
    [
      refused('InvalidPickupDate', 'Pickup date cannot be past date'),
      { kind: 'refused', code: 'pickup-time-refused' },
    ],
    [answerOf({ RegisterPickupResult: { IsError: false } }), { kind: 'unknown', code: 'no-token' }],
  ])('asking for a pickup %#', (answer, expected) => {
    expect(parseRequestPickup(wish, answer)).toMatchObject(expected);
  });

  test('a pickup is called off by a number, once or twice', () => {
    const { body } = buildCancelPickup(session, { token: '30526640', date: '2026-01-04' });
    expect(JSON.parse(body ?? '')).toMatchObject({ request: { TokenNumber: 30526640 } });
    expect(parseCancelPickup(refused('PickupAlreadyCancelled', ''))).toMatchObject({
      kind: 'done',
    });
    expect(parseCancelPickup(refused('X', 'Pickup is not registered'))).toEqual({ kind: 'absent' });
  });

  const found = (change: object) =>
    answerOf({
      GetServicesforPincodeResult: {
        PinCode: '682001',
        AreaCode: 'COK',
        CityDescription: 'KOCHI',
        Embargo: 'No',
        ErrorMessage: 'Valid',
        IsError: false,
        GroundValueLimit: 50_000,
        eTailCODAirInbound: 'No',
        eTailCODGroundInbound: 'Yes',
        eTailPrePaidAirInbound: 'Yes',
        eTailPrePaidAirOutound: 'Yes',
        eTailPrePaidGroundInbound: 'Yes',
        ...change,
      },
    });
  const served = (change: object, product: 'A' | 'E' = 'E') =>
    parseServiceability({ ...session, product }, '682001', found(change));

  test.each([
    [
      'surface',
      served({}),
      { serviceable: true, cod: true, pickup: false, codLimitMinor: 5_000_000 },
    ],
    ['air, with the misspelt key', served({}, 'A'), { cod: false, prepaid: true, pickup: true }],
    ['Y for Yes', served({ eTailCODGroundInbound: 'Y' }), { cod: true }],
    ['an embargo', served({ Embargo: 'Yes' }), { serviceable: false, embargo: true, cod: false }],
    [
      'an error',
      served({ IsError: true, ErrorMessage: 'Invalid Pincode' }),
      { serviceable: false },
    ],
  ])('serviceability: %s', (_what, outcome, value) => {
    expect(outcome).toMatchObject({ kind: 'done', value });
  });

  test('flags that are not there are not guessed at', () => {
    expect(served({ eTailCODGroundInbound: undefined })).toMatchObject({ kind: 'drift' });
    expect(served({ PinCode: '682002' })).toMatchObject({ kind: 'drift', code: 'other-pincode' });
  });

  test.each([
    ['/Date(1767465000000+0530)/', '2026-01-04'],
    ['06-Jan-26', '2026-01-06'],
  ])('a parcel promised for %s comes on %s', (text, day) => {
    const result = { ExpectedDateDelivery: text, IsError: false };
    const body = { GetDomesticTransitTimeForPinCodeandProductResult: result };
    expect(parseTransitTime(answerOf(body))).toEqual({ kind: 'done', value: day });
  });

  test('a login says how long it is good for, or a day less an hour', () => {
    const now = new Date('2026-01-04T00:00:00Z');
    const claims = Buffer.from(JSON.stringify({ exp: 1_767_500_000 })).toString('base64url');
    const token = (jwt: string) => parseLogin(answerOf({ JWTToken: jwt }), now);
    expect(token(`eyJ.${claims}.x`)).toMatchObject({
      value: { expiresAt: new Date(1_767_500_000_000).toISOString() },
    });
    expect(token('no-jwt-but-long')).toMatchObject({
      value: { expiresAt: '2026-01-04T23:00:00.000Z' },
    });
    expect(parseLogin(answerOf('{}', 401), now)).toMatchObject({ kind: 'account' });
    expect(parseLogin(answerOf('{}'), now)).toMatchObject({ kind: 'drift' });
  });
});
