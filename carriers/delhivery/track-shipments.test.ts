import { describe, expect, test } from '@jest/globals';
import { account, answerOf, scanPush, tracking } from './samples.ts';
import { parseScanPush } from './parse-webhook.ts';
import { scanKey } from './read-scan.ts';
import { buildTrackByReferences, buildTrackByWaybills, parseTracking } from './track-shipments.ts';

const parse = (body: unknown, status = 200) =>
  parseTracking(answerOf({ status, headers: {}, body: JSON.stringify(body) }));

const status = {
  Status: 'Dispatched',
  StatusType: 'UD',
  StatusCode: 'X-DDD3FD',
  StatusDateTime: '2026-01-08T09:00:00',
  StatusLocation: '',
  Instructions: null,
};

test('the scans come in order, each once, the current one among them', () => {
  const outcome = parseTracking(answerOf(tracking.answer));
  const location = 'Kochi_X_D (Kerala)';
  const manifested = {
    awb: '57930810000011',
    status: null,
    carrierCode: 'X-UCI',
    carrierStatus: 'UD Manifested',
    occurredAt: '2026-01-06T11:20:01.123+05:30',
    location,
    remark: 'Manifest uploaded',
  };
  const pickedUp = {
    awb: '57930810000011',
    status: 'handed_over',
    carrierCode: 'X-PPOM',
    carrierStatus: 'UD In Transit',
    occurredAt: '2026-01-06T16:02:11.12+05:30',
    location,
    remark: 'Shipment picked up',
  };
  const shipment = {
    awb: '57930810000011',
    reference: 'SHOP1-10021',
    current: pickedUp,
    scans: [manifested, pickedUp],
    expectedDeliveryAt: '2026-01-08T23:59:59+05:30',
  };
  expect(outcome).toEqual({ kind: 'done', value: { shipments: [shipment], unreadable: [] } });
});

describe('tolerance', () => {
  test('an entry with the bare minimum is read', () => {
    const outcome = parse({
      ShipmentData: [{ Shipment: { AWB: 57930810000011, Status: status } }],
    });
    expect(outcome).toMatchObject({
      kind: 'done',
      value: {
        shipments: [
          {
            awb: '57930810000011',
            reference: null,
            expectedDeliveryAt: null,
            scans: [{ status: 'out_for_delivery', location: null, remark: null }],
          },
        ],
      },
    });
  });

  test('one broken entry does not hide the others', () => {
    const good = { AWB: '1', Status: status };
    const broken = [
      { AWB: '2', Status: { ...status, StatusDateTime: 'yesterday' } },
      { AWB: '3' },
      { Status: status },
      null,
    ];
    const ShipmentData = [good, ...broken].map((Shipment) => ({ Shipment }));
    expect(parse({ ShipmentData })).toMatchObject({
      kind: 'done',
      value: { shipments: [{ awb: '1' }], unreadable: ['2', '3', '', ''] },
    });
    expect(parse({ ShipmentData: ShipmentData.slice(1) })).toMatchObject({ kind: 'drift' });
  });

  test('a broken scan is left out; the rest of the story stays', () => {
    const Scans = [{ ScanDetail: null }, { ScanDetail: { Scan: 'x', StatusDateTime: '?' } }];
    const outcome = parse({ ShipmentData: [{ Shipment: { AWB: '1', Status: status, Scans } }] });
    expect(outcome).toMatchObject({ value: { shipments: [{ scans: [{ awb: '1' }] }] } });
  });

  test('several waybills under one reference all come back', () => {
    const ShipmentData = ['1', '2'].map((AWB) => ({
      Shipment: { AWB, ReferenceNo: 'A', Status: status },
    }));
    const outcome = parse({ ShipmentData });
    expect(outcome).toMatchObject({ value: { shipments: [{ awb: '1' }, { awb: '2' }] } });
  });
});

describe('nothing found', () => {
  const unknown = { Success: false, Error: 'Data does not exists for provided Waybill(s)' };
  test.each([
    ['under HTTP 200', unknown, 200],
    ['under HTTP 400', unknown, 400],
    ['as an empty list', { ShipmentData: [] }, 200],
  ])('%s', (_what, body, httpStatus) => {
    expect(parse(body, httpStatus)).toEqual({ kind: 'absent' });
  });

  test('another error is no proof of absence', () => {
    const outcome = parse({ Success: false, Error: 'Something broke' });
    expect(outcome).toMatchObject({ kind: 'transient', code: 'tracking-failed' });
  });
});

test('a request asks for at least one and at most fifty parcels', () => {
  expect(() => buildTrackByWaybills(account, [])).toThrow(RangeError);
  expect(() => buildTrackByWaybills(account, Array<string>(51).fill('1'))).toThrow(RangeError);
  expect(buildTrackByReferences(account, ['A/1', 'B']).url).toMatch(/\?ref_ids=A%2F1,B&verbose=1$/);
});

describe('the scan push', () => {
  test('is read like a scan of the poll', () => {
    expect(parseScanPush(scanPush)).toEqual({
      ok: true,
      reference: 'SHOP1-10021',
      dedupeKey: '57930810000011|2026-01-06T11:20:01.767+05:30|X-UCI|UD Manifested',
      scans: [
        {
          awb: '57930810000011',
          status: null,
          carrierCode: 'X-UCI',
          carrierStatus: 'UD Manifested',
          occurredAt: '2026-01-06T11:20:01.767+05:30',
          location: 'Kochi_X_D (Kerala)',
          remark: 'Manifest uploaded',
        },
      ],
    });
  });

  test('has the same key as the poll whatever the fraction digits', () => {
    const { Shipment } = scanPush;
    const Status = { ...Shipment.Status, StatusDateTime: '2026-01-06T11:20:01.123000' };
    const push = parseScanPush({ Shipment: { ...Shipment, Status } });
    const poll = parseTracking(answerOf(tracking.answer));
    const [scan] = poll.kind === 'done' ? (poll.value.shipments[0]?.scans ?? []) : [];
    expect(scan && scanKey(scan)).toBe(push.ok && push.dedupeKey);
  });

  test('does without what is not needed, and hides a phone number in the remark', () => {
    const Status = { ...scanPush.Shipment.Status, Instructions: 'Call 98470 00000, no answer' };
    const push = parseScanPush({ Shipment: { AWB: 1, Status } });
    expect(push).toMatchObject({
      ok: true,
      reference: null,
      scans: [{ awb: '1', carrierCode: '', remark: 'Call …, no answer' }],
    });
  });

  test.each([
    [null],
    [{}],
    [{ Shipment: null }],
    [{ Shipment: { AWB: '', Status: {} } }],
    [{ Shipment: { AWB: '1' } }],
    [{ Shipment: { AWB: '1', Status: { Status: 'In Transit' } } }],
    [{ Shipment: { AWB: '1', Status: { StatusDateTime: '2026-01-06T11:20:01' } } }],
  ])('%j is refused with a reason', (payload) => {
    expect(parseScanPush(payload)).toEqual({ ok: false, reason: expect.any(String) });
  });
});
