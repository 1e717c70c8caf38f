import { describe, expect, test } from '@jest/globals';
import { parseCancelShipment } from './cancel-shipment.ts';
import { parsePackingSlip } from './packing-slip.ts';
import { parseRequestPickup } from './request-pickup.ts';
import { buildReserveWaybills, parseReserveWaybills } from './reserve-waybills.ts';
import { account, answerOf, booking } from './samples.ts';
import { parseServiceability } from './serviceability.ts';

const raw = (body: string, status = 200) => answerOf({ status, headers: {}, body });
const json = (body: unknown, status = 200) => raw(JSON.stringify(body), status);

describe('serviceability', () => {
  const code = { pin: 682001, pre_paid: 'Y', cod: 'N', pickup: 'N', remarks: '' };
  const parse = (codes: unknown[]) =>
    parseServiceability(
      '682001',
      json({ delivery_codes: codes.map((postal_code) => ({ postal_code })) }),
    );

  test.each([
    ['an empty list', [], { serviceable: false, cod: false, city: null }],
    ['prepaid only', [code], { serviceable: true, prepaid: true, cod: false, pickup: false }],
    ['an embargo', [{ ...code, remarks: 'Embargo' }], { serviceable: false, embargo: true }],
    ['a PIN as text', [{ ...code, pin: '682001', city: '' }], { serviceable: true, city: null }],
    ['missing flags', [{ pin: 682001 }], { serviceable: false }],
  ])('%s', (_what, codes, value) => {
    expect(parse(codes)).toMatchObject({ kind: 'done', value: { pincode: '682001', ...value } });
  });

  test('an answer about another PIN is not ours', () => {
    expect(parse([{ ...code, pin: 560001 }])).toMatchObject({ kind: 'drift' });
  });
});

describe('reserving waybills', () => {
  test.each([
    ['"57930810000011, 57930810000022,"', ['57930810000011', '57930810000022']],
    ['"57930810000011"\n', ['57930810000011']],
  ])('%s', (body, value) => {
    expect(parseReserveWaybills(raw(body))).toEqual({ kind: 'done', value });
  });

  test.each([
    ['{"wbns":"57930810000011"}', 'drift'],
    ['["57930810000011"]', 'drift'],
    ['57930810000011', 'drift'],
    ['"57930810000011,57930810000011"', 'drift'],
    ['"57930810000011,abc"', 'drift'],
    ['""', 'drift'],
    ['"Bad Request! Invalid count value"', 'refused'],
    ['"Count value should be less than 10000"', 'refused'],
    ['"Unable to fetch client name for the token"', 'account'],
    ['{"error":"Unable to fetch client name for the token"}', 'account'],
  ])('%s is %s', (body, kind) => {
    expect(parseReserveWaybills(raw(body))).toMatchObject({ kind });
  });

  test.each([0, -1, 1.5, 10_000, Number.NaN])('%p are not asked for', (count) => {
    expect(() => buildReserveWaybills(account, count)).toThrow(RangeError);
  });
});

describe('the packing slip', () => {
  const parse = (packages: unknown[]) =>
    parsePackingSlip(account, booking.waybill, json({ packages, packages_found: packages.length }));
  const slip = (pdf_download_link: unknown, wbn: unknown = booking.waybill) => ({
    wbn,
    pdf_download_link,
  });

  test.each([
    ['no package', [], 'absent'],
    ['another package', [slip('https://x.example/a.pdf', '1')], 'absent'],
    ['no link yet', [slip('')], 'transient'],
    ['a null link', [slip(null)], 'transient'],
    ['plain HTTP elsewhere', [slip('http://x.example/a.pdf')], 'drift'],
    ['a file', [slip('file:///etc/passwd')], 'drift'],
    ['no URL', [slip('a.pdf')], 'drift'],
    ['a waybill as a number', [slip('https://x.example/a.pdf', 57930810000011)], 'done'],
    ['the carrier itself', [slip(`${account.baseUrl}/a.pdf`)], 'done'],
  ])('%s is %s', (_what, packages, kind) => {
    expect(parse(packages)).toMatchObject({ kind });
  });

  test('the sandbox may hand out links to itself', () => {
    const local = { ...account, baseUrl: 'http://127.0.0.1:4010/delhivery' };
    const answer = json({ packages: [slip('http://127.0.0.1:4010/labels/a.pdf')] });
    expect(parsePackingSlip(local, booking.waybill, answer)).toMatchObject({ kind: 'done' });
  });
});

describe('the carrier pickup', () => {
  test.each([
    [
      'pr_exist',
      { status: false, success: false, pickup_id: 9, pr_exist: true, error: {} },
      200,
      '9',
    ],
    ['pr_exist under 400', { pickup_id: '9', pr_exist: true }, 400, '9'],
    [
      'only the text',
      {
        success: false,
        error: { message: 'A Pickup Request 9 for this Pickup Location Already Exist' },
      },
      400,
      '9',
    ],
    ['no number at all', { pr_exist: true }, 200, null],
  ])('one for the day exists: %s', (_what, body, status, pickupId) => {
    const expected = { kind: 'done', value: { pickupId, how: 'existing' } };
    expect(parseRequestPickup(json(body, status))).toEqual(expected);
  });

  test('a standing pickup needs no request', () => {
    const answer = json(
      { success: false, error: { message: 'Client is on auto pickup mode' } },
      400,
    );
    expect(parseRequestPickup(answer)).toMatchObject({ kind: 'done', value: { how: 'standing' } });
  });

  test.each([
    [{ pickup_date: 'Pickup date cannot be in past' }, 400, 'refused', 'pickup-date-refused'],
    [{ pickup_date: ['Pickup date cannot be in past'] }, 400, 'refused', 'pickup-date-refused'],
    [
      { pickup_location: 'Invalid Pickup Location ClientWarehouse matching query does not exist.' },
      400,
      'refused',
      'warehouse-unknown',
    ],
    [{ error: 'Wrong/Inactive center for this warehouse' }, 400, 'refused', 'warehouse-inactive'],
    [{ error: { message: 'insufficient balance' } }, 400, 'account', 'insufficient-balance'],
    [{ error: 'Mondays only' }, 400, 'refused', 'pickup-refused'],
    [{ success: false, error: { message: 'hm' } }, 200, 'unknown', 'pickup-refused'],
    [{ success: false, pickup_id: 9 }, 200, 'unknown', 'unreadable-body'],
  ])('%j under HTTP %i is %s', (body, status, kind, code) => {
    expect(parseRequestPickup(json(body, status))).toMatchObject({ kind, code });
  });
});

describe('cancelling', () => {
  const parse = (answer: ReturnType<typeof raw>) => parseCancelShipment(booking.waybill, answer);

  test.each([
    ['XML', raw(`<root><status>true</status><waybill>${booking.waybill}</waybill></root>`)],
    [
      'JSON',
      json({ status: true, waybill: booking.waybill, remark: 'Shipment has been cancelled.' }),
    ],
    ['JSON with words', json({ status: 'Success' })],
  ])('%s: done', (_what, answer) => {
    expect(parse(answer)).toEqual({ kind: 'done', value: true });
  });

  test.each([
    ['unknown number', json({ status: 'Failure', error: 'Incorrect Waybill/OrderID' }), 'absent'],
    [
      'unknown, in XML',
      raw('<root><status>Failure</status><error>Incorrect Waybill/OrderID</error></root>'),
      'absent',
    ],
    ['no number', json({ status: 'Failure', error: 'Enter Waybill/OrderID' }), 'refused'],
    ['too late', json({ status: false, error: 'Shipment is already delivered' }), 'refused'],
    ['refused in XML', raw('<root><status>False</status><remark>No.</remark></root>'), 'refused'],
    ['another number', json({ status: true, waybill: '1' }), 'unknown'],
    [
      'another number in XML',
      raw('<root><status>True</status><waybill>1</waybill></root>'),
      'unknown',
    ],
    ['half an XML', raw('<root><status>Tr'), 'unknown'],
  ])('%s: %s', (_what, answer, kind) => {
    expect(parse(answer)).toMatchObject({ kind });
  });
});
