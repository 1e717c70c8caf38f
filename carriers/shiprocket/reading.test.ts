import { describe, expect, test } from '@jest/globals';
import { parseAssignAwb } from './assign-awb.ts';
import { parseCancel } from './cancel-order.ts';
import { parseFindOrder, parseShowOrder } from './find-order.ts';
import { parseGenerateLabel, parseGenerateManifest } from './documents.ts';
import { parseScanPush } from './parse-webhook.ts';
import { parseRequestPickup } from './request-pickup.ts';
import { account, activity, answerOf, assigned, listed, listedOrder, webhook } from './samples.ts';
import { parseServiceability } from './serviceability.ts';
import { parseTracking } from './track-shipments.ts';
import { parseWalletBalance } from './wallet.ts';

const awb = '321055706540';

describe('assigning an AWB', () => {
  const parse = (status: number, body: unknown) =>
    parseAssignAwb(account, 15151515, answerOf(status, body));
  const failed = (awb_assign_error: string) => ({
    awb_assign_status: 0,
    response: { data: { awb_assign_error } },
  });

  test('success is a number in the answer', () => {
    expect(parse(200, assigned)).toEqual({
      kind: 'done',
      value: {
        awb,
        courierId: 24,
        courierName: 'X Surface',
        freightMinor: 7250,
        routingCode: null,
      },
    });
    const { data } = assigned.response;
    const empty = { ...assigned, response: { data: { ...data, awb_code: '' } } };
    expect(parse(200, empty)).toMatchObject({ kind: 'unknown' });
    const other = { ...assigned, response: { data: { ...data, shipment_id: 7 } } };
    expect(parse(200, other)).toMatchObject({ kind: 'unknown', code: 'confirmation-differs' });
  });

  test.each([
    [200, failed('Insufficient amount to label this shipment'), 'account', 'insufficient-balance'],
    [200, failed('Courier down'), 'refused', 'courier-refused'],
    [400, { message: 'AWB is already assigned 321055706540' }, 'exists', 'awb-already-assigned'],
    [422, { message: 'AWB is already assigned' }, 'exists', 'awb-already-assigned'],
    [500, { message: 'AWB is already assigned' }, 'exists', 'awb-already-assigned'],
    [
      400,
      { message: 'Oops! Cannot reassign courier for this shipment.' },
      'exists',
      'awb-already-assigned',
    ],
    [400, { message: 'Order is in cancelled state' }, 'refused', 'order-cancelled'],
    [400, { message: 'Delivery pincode is empty' }, 'refused', 'courier-refused'],
    [500, { message: 'Internal server error.' }, 'unknown', 'http-500'],
  ])('%i %p', (status, body, kind, code) => {
    expect(parse(status, body)).toMatchObject({ kind, code });
  });

  test('the field that a courier names is not passed on', () => {
    const body = { message: 'no', errors: { pincode: ['Delivery pincode is empty'] } };
    expect(parse(422, body)).not.toHaveProperty('field');
  });
});

describe('looking an order up', () => {
  const find = (...orders: unknown[]) =>
    parseFindOrder(account, 'SHOP1-10021', answerOf(200, listed(...orders)));

  test('only the exact reference counts', () => {
    const longer = { ...listedOrder, id: 7, channel_order_id: 'SHOP1-100210' };
    expect(find(longer, listedOrder)).toMatchObject({
      kind: 'done',
      value: {
        orderId: 16161616,
        shipmentId: 15151515,
        cancelled: false,
        awb: null,
        payment: 'cod',
        totalMinor: 79900,
      },
    });
    expect(find(longer)).toEqual({ kind: 'absent' });
    expect(find()).toEqual({ kind: 'absent' });
  });

  test('of several the one that ships counts, else the oldest that lives', () => {
    const older = { ...listedOrder, id: 5 };
    const dead = { ...listedOrder, id: 3, status: 'CANCELED', status_code: 5 };
    const ships = { ...listedOrder, id: 9, shipments: [{ id: 8, awb }] };
    const chosen = (...orders: unknown[]) => {
      const outcome = find(...orders);
      return outcome.kind === 'done' ? outcome.value.orderId : outcome.kind;
    };
    expect(chosen(listedOrder, older, dead)).toBe(5);
    expect(chosen(listedOrder, ships, older)).toBe(9);
    expect(chosen(dead)).toBe(3);
    expect(find(ships, { ...ships, id: 10 })).toMatchObject({
      kind: 'drift',
      code: 'several-parcels',
    });
  });

  test('an entry that cannot be read may be the one', () => {
    expect(find({ ...listedOrder, shipments: 'x' })).toMatchObject({ kind: 'drift' });
  });

  test('a list that goes on proves nothing', () => {
    const pagination = { pagination: { total_pages: 3 } };
    const body = { data: [{ ...listedOrder, channel_order_id: 'other' }], meta: pagination };
    expect(parseFindOrder(account, 'SHOP1-10021', answerOf(200, body))).toMatchObject({
      kind: 'transient',
      code: 'search-too-wide',
    });
  });

  test('one order by its id, with the shipment as an object', () => {
    const body = { data: { ...listedOrder, shipments: { id: 15151515, awb } } };
    expect(parseShowOrder(account, 16161616, answerOf(200, body))).toMatchObject({
      value: { awb, cancelling: false },
    });
    const other = { data: { ...listedOrder, id: 7 } };
    expect(parseShowOrder(account, 16161616, answerOf(200, other)).kind).toBe('drift');
    const none = answerOf(400, { message: 'Order ID not found', status_code: 400 });
    expect(parseShowOrder(account, 16161616, none)).toEqual({ kind: 'absent' });
  });
});

describe('serviceability', () => {
  const question = {
    fromPincode: '682001',
    toPincode: '110001',
    weightGrams: 450,
    cod: true,
    declaredMinor: 79900,
  };
  const courier = {
    courier_company_id: 24,
    courier_name: 'X Surface',
    rate: 72.5,
    cod: 1,
    is_surface: true,
    rating: 4.2,
    rto_charges: 50,
    blocked: 0,
    estimated_delivery_days: '4',
    pickup_availability: '1',
  };
  const parse = (...couriers: unknown[]) =>
    parseServiceability(
      account,
      question,
      answerOf(200, { status: 200, data: { available_courier_companies: couriers } }),
    );

  test('cheapest first, texts and numbers alike, without those that cannot take it', () => {
    const outcome = parse(
      courier,
      { ...courier, courier_company_id: 1, rate: '61.75' },
      { ...courier, courier_company_id: 2, rate: 1, cod: 0 },
      { ...courier, courier_company_id: 3, rate: 1, blocked: 1 },
      { ...courier, courier_company_id: 4, rate: 1, pickup_availability: '0' },
      { courier_company_id: 5, rate: { inr: 1 } },
    );
    expect(outcome.kind === 'done' && outcome.value.map((one) => one.rateMinor)).toEqual([
      6175, 7250,
    ]);
  });

  test('no courier is said under HTTP 200, or by an empty list', () => {
    const none = answerOf(200, { status: 404, message: 'No courier' });
    expect(parseServiceability(account, question, none)).toEqual({ kind: 'done', value: [] });
    expect(parse()).toEqual({ kind: 'done', value: [] });
    expect(parse({ rate: {} }).kind).toBe('drift');
  });
});

describe('tracking', () => {
  const entry = (activities: unknown[]) => ({
    tracking_data: {
      track_status: 1,
      shipment_status: 18,
      shipment_track_activities: activities,
      etd: '2026-01-11 23:00:00',
    },
  });
  const parse = (body: unknown) => parseTracking(account, [awb, '999'], answerOf(200, body));
  const scan = {
    awb,
    status: 'in_transit',
    carrierCode: '18',
    carrierStatus: 'IN TRANSIT X-DLL2F',
    occurredAt: '2026-01-08T11:37:00+05:30',
    location: 'Delhi_Hub',
    remark: 'Bag received by RAVI , MobileNo:- …',
  };

  test('each entry once, oldest first, with its zone and without phone numbers', () => {
    const na = { ...activity, 'sr-status': 'NA', 'sr-status-label': 'NA', status: 'DRC' };
    const zero = { ...activity, date: '0000-00-00 00:00:00' };
    const outcome = parse({
      [awb]: entry([activity, activity, zero, { ...na, date: '2026-01-07 10:00:00' }]),
    });
    expect(outcome).toMatchObject({
      kind: 'done',
      value: {
        shipments: [
          {
            awb,
            scans: [{ status: null, carrierCode: 'NA', carrierStatus: 'DRC' }, scan],
            expectedDeliveryAt: '2026-01-11T23:00:00+05:30',
          },
        ],
      },
    });
  });

  test('nothing yet, nothing known, and a broken entry among good ones', () => {
    const quiet = { tracking_data: { track_status: 0, shipment_status: 0, error: 'Aahh!' } };
    expect(parse({ [awb]: quiet })).toMatchObject({ value: { shipments: [{ scans: [] }] } });
    expect(parse({})).toEqual({ kind: 'absent' });
    expect(parse([])).toEqual({ kind: 'absent' });
    expect(parse({ [awb]: 7, 999: entry([activity]) })).toMatchObject({
      value: { unreadable: [awb] },
    });
    expect(parse({ 7: entry([activity]) }).kind).toBe('drift');
  });

  test('the push tells the same story as the poll', () => {
    const pushed = parseScanPush(webhook);
    expect(pushed).toMatchObject({ ok: true, orderId: 16161616, scans: [scan] });
    const polled = parse({ [awb]: entry([activity]) });
    const scans = polled.kind === 'done' ? polled.value.shipments[0]?.scans : [];
    expect(pushed.ok && pushed.scans).toEqual(scans);
  });

  test('a push without a history reads its own time, day before month', () => {
    expect(parseScanPush({ ...webhook, scans: [] })).toMatchObject({
      scans: [{ status: 'in_transit', occurredAt: '2026-01-08T11:43:52+05:30' }],
    });
    expect(parseScanPush({ ...webhook, scans: [], current_timestamp: '' }).ok).toBe(false);
  });

  test('the other enumeration is not read', () => {
    const trap = { ...webhook, current_status_id: 7, scans: [] };
    expect(parseScanPush(trap)).toMatchObject({ scans: [{ status: 'in_transit' }] });
  });

  test.each([null, {}, [], 'x', { awb: '' }])('%p is no push', (payload) => {
    expect(parseScanPush(payload)).toMatchObject({ ok: false });
  });
});

describe('the small calls', () => {
  test('a pickup that is queued already is what was wanted', () => {
    const body = { message: 'Already in Pickup Queue.', status_code: 400 };
    expect(parseRequestPickup(account, answerOf(400, body))).toMatchObject({
      kind: 'done',
      value: { how: 'existing' },
    });
    const bad = answerOf(400, { message: 'Invalid shipment id' });
    expect(parseRequestPickup(account, bad)).toMatchObject({ kind: 'refused' });
  });

  test('a label that is not there yet passes; a manifest that exists is printed', () => {
    const label = answerOf(200, { label_created: 0, not_created: [1], response: 'wait' });
    expect(parseGenerateLabel(account, label)).toMatchObject({ code: 'label-not-ready' });
    const manifest = answerOf(400, {
      message: 'Manifest already generated for some shipment_ids',
      already_manifested_shipment_ids: [1],
    });
    expect(parseGenerateManifest(account, manifest)).toMatchObject({ kind: 'exists' });
    const none = answerOf(200, { status: 1, manifest_url: '' });
    expect(parseGenerateManifest(account, none)).toMatchObject({ code: 'manifest-not-ready' });
  });

  test.each([
    [204, '', 'done'],
    [200, { message: 'Order cancelled successfully.' }, 'done'],
    [200, { message: 'Bulk Shipment cancellation is in progress.' }, 'done'],
    [400, { message: 'Order is already cancelled' }, 'done'],
    [500, { message: 'Trying to get property of non-object' }, 'absent'],
    [400, { message: 'Order Id does not exist' }, 'absent'],
    [400, { message: 'Cannot cancel order in its current status' }, 'refused'],
    [200, { message: 'Something went wrong' }, 'unknown'],
    [500, { message: 'Internal server error.' }, 'unknown'],
  ])('cancelling: %i %p is %s', (status, body, kind) => {
    expect(parseCancel(account, answerOf(status, body)).kind).toBe(kind);
  });

  test.each([
    ['-291539.83', -29153983],
    ['1,234.50', 123450],
    [0, 0],
  ])('a wallet of %p', (balance_amount, balanceMinor) => {
    const answer = answerOf(200, { data: { balance_amount } });
    expect(parseWalletBalance(account, answer)).toEqual({ kind: 'done', value: { balanceMinor } });
  });
});
