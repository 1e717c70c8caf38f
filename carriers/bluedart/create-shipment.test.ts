import { describe, expect, test } from '@jest/globals';
import { UnbookableError } from '../parcel.ts';
import type { Booking } from './booking.ts';
import { buildCreateShipment, parseCreateShipment } from './create-shipment.ts';
import { answerOf, booking, duplicateSentence, generated, refused, session } from './samples.ts';

interface Sent {
  Request: Record<'Consignee' | 'Shipper' | 'Returnadds' | 'Services', Record<string, unknown>>;
  Profile: Record<string, string>;
}

function sent(change: Partial<Booking> = {}): Sent {
  const { body } = buildCreateShipment(session, { ...booking, ...change });
  return JSON.parse(body ?? '') as Sent;
}

const consigneeWith = (change: Partial<Booking['consignee']>) => ({
  consignee: { ...booking.consignee, ...change },
});

describe('what is sent', () => {
  test('the token in its own header, the profile in the body, capital envelope keys', () => {
    const { url, headers } = buildCreateShipment(session, booking);
    expect(url).toBe(
      'https://apigateway.bluedart.com/in/transportation/waybill/v1/GenerateWayBill',
    );
    expect(headers).toMatchObject({ jwttoken: session.jwt });
    expect(headers).not.toHaveProperty('authorization');
    expect(sent().Profile).toMatchObject({ LoginID: 'COK12345', Api_type: 'S' });
  });

  test('a COD parcel asks for its amount', () => {
    expect(sent({ payment: { mode: 'cod', amountMinor: 5007 } }).Request.Services).toMatchObject({
      SubProductCode: 'C',
      CollectableAmount: 50.07,
      DeclaredValue: 799,
    });
  });

  test('a prepaid parcel asks for nothing', () => {
    expect(sent({ payment: { mode: 'prepaid' } }).Request.Services).toMatchObject({
      SubProductCode: 'P',
      CollectableAmount: 0,
      DeclaredValue: 799,
    });
  });

  test('no pickup on the side, no label, no one-time password', () => {
    expect(sent().Request.Services).toMatchObject({
      RegisterPickup: false,
      PDFOutputNotRequired: true,
      OTPBasedDelivery: '0',
      AWBNo: '',
    });
  });

  test('weight is text with two decimals and rounded up, sizes whole centimetres', () => {
    const { Services } = sent({ weightGrams: 451, heightMm: 45 }).Request;
    expect(Services['ActualWeight']).toBe('0.46');
    expect(Services['Dimensions']).toEqual([{ Length: 25, Breadth: 20, Height: 5, Count: 1 }]);
    expect(sent({ weightGrams: 1 }).Request.Services['ActualWeight']).toBe('0.01');
  });

  test('the reference has capitals and digits only, the day is midnight in India', () => {
    expect(sent().Request.Services).toMatchObject({
      CreditReferenceNo: 'W1X1001X1',
      PickupDate: '/Date(1767465000000)/',
      PickupTime: '1600',
    });
  });

  test('everything is plain ASCII and fits', () => {
    const name = 'ആശ രാമചന്ദ്രൻ 🎁 Krishnamurthy Iyer';
    const addressLines = ['“Sreevalsam” — 12/4, ബീച്ച് റോഡ് 🏠', 'near temple;\n682001'];
    const text = JSON.stringify(sent(consigneeWith({ name, addressLines })).Request);
    expect(text).toMatch(/^[\x20-\x7e]*$/);
    const { Consignee } = sent(consigneeWith({ name, addressLines })).Request;
    expect(Consignee).toMatchObject({
      ConsigneeName: 'Asha Ramachandran',
      ConsigneeAddress1: 'Sreevalsam - 12/4, Bicch Rod,',
      ConsigneeAddress2: 'near temple, Kochi',
    });
  });

  test('the same booking is the same request at every attempt', () => {
    expect(buildCreateShipment(session, booking)).toEqual(buildCreateShipment(session, booking));
  });
});

describe('what must never be sent', () => {
  const prepaidWithAmount = { mode: 'prepaid', amountMinor: 100 } as Booking['payment'];
  const longAddress = Array.from({ length: 8 }, (_, at) => `Longwinded Block ${at}`);
  test.each<[string, Partial<Booking>, string]>([
    ['COD of nothing', { payment: { mode: 'cod', amountMinor: 0 } }, 'payment.amountMinor'],
    ['part of a paisa', { payment: { mode: 'cod', amountMinor: 1.5 } }, 'payment.amountMinor'],
    ['COD above it', { payment: { mode: 'cod', amountMinor: 79_901 } }, 'payment.amountMinor'],
    ['cash for a prepaid parcel', { payment: prepaidWithAmount }, 'payment.amountMinor'],
    ['no value', { payment: { mode: 'prepaid' }, totalMinor: 0 }, 'totalMinor'],
    ['a phone with its code', consigneeWith({ phone: '+919847000000' }), 'consignee.phone'],
    ['a PIN of five', consigneeWith({ pincode: '68200' }), 'consignee.pincode'],
    ['no name', consigneeWith({ name: '🎁' }), 'consignee.name'],
    ['a name in Urdu', consigneeWith({ name: 'محمد' }), 'consignee.name'],
    [
      'an address in Chinese',
      consigneeWith({ addressLines: ['北京路'] }),
      'consignee.addressLines',
    ],
    ['a cut address', consigneeWith({ addressLines: longAddress }), 'consignee.addressLines'],
    ['only the PIN', consigneeWith({ addressLines: ['682001'] }), 'consignee.addressLines'],
    ['no weight', { weightGrams: 0 }, 'weightGrams'],
    ['a flat box', { heightMm: 0 }, 'heightMm'],
    [
      'an area of two letters',
      { pickupLocation: { ...booking.pickupLocation, areaCode: 'CO' } },
      'pickupLocation.areaCode',
    ],
  ])('%s', (_what, change, field) => {
    const build = () => buildCreateShipment(session, { ...booking, ...change });
    expect(build).toThrow(UnbookableError);
    expect(build).toThrow(expect.objectContaining({ field }));
  });
});

describe('what counts as booked', () => {
  const result = generated.GenerateWayBillResult;
  const parse = (body: unknown, status = 200) =>
    parseCreateShipment(booking, answerOf(body, status));
  const having = (change: object) => parse({ GenerateWayBillResult: { ...result, ...change } });
  const done = {
    kind: 'done',
    value: {
      awb: '90001481544',
      routing: { area: 'DEL', serviceCentre: 'NRA', cluster: 'NRA' },
      adopted: false,
      balanceMinor: null,
    },
  };

  test('as recorded', () => {
    expect(parse(generated)).toEqual(done);
  });

  test.each([
    ['a number for the waybill', { AWBNo: 90001481544 }],
    ['a pickup that failed on the side', { IsErrorInPU: true }],
    ['a label that nobody asked for', { AWBPrintContent: [37, 80, 68, 70] }],
    ['no reference', { CCRCRDREF: null }],
  ])('%s', (_what, change) => {
    expect(having(change)).toEqual(done);
  });

  test('the balance, when there is one', () => {
    expect(having({ AvailableBalance: 1234.5 })).toMatchObject({
      value: { balanceMinor: 123_450 },
    });
  });

  test.each([
    ['flat', refused('Duplicate', duplicateSentence)],
    ['nested', refused('Duplicate', duplicateSentence, 'nested')],
    [
      'as a result',
      answerOf({
        GenerateWayBillResult: {
          IsError: true,
          Status: [{ StatusCode: 'X', StatusInformation: duplicateSentence }],
        },
      }),
    ],
    ['bare', answerOf({ Error: duplicateSentence }, 400)],
  ])('the sentence that names the waybill is booked too: %s', (_way, answer) => {
    expect(parseCreateShipment(booking, answer)).toEqual({
      kind: 'done',
      value: {
        awb: '21094582725',
        routing: { area: 'GGN', serviceCentre: 'GDC', cluster: null },
        adopted: true,
        balanceMinor: null,
      },
    });
  });

  test('the sentence without a number is looked up', () => {
    const answer = refused('X', 'Waybill already generated for this CreditReferenceNo.');
    expect(parseCreateShipment(booking, answer)).toMatchObject({ kind: 'exists' });
  });

  test.each<[string, ReturnType<typeof parse>, string]>([
    ['another reference', having({ CCRCRDREF: 'W1X1' }), 'confirmation-differs'],
    ['an error with a number', having({ IsError: true }), 'contradiction'],
    ['success without a number', having({ AWBNo: null }), 'contradiction'],
    ['an error without a reason', having({ IsError: true, AWBNo: null, Status: [] }), 'no-reason'],
    ['an empty body', parse(''), 'empty-body'],
    ['half a body', parse('{"GenerateWayBillResult":{"AWBNo":"900'), 'unreadable-body'],
    ['nothing known', parse({ hello: 1 }), 'unreadable-body'],
    ['a server error', parse('', 500), 'http-500'],
    [
      'a null reference',
      parseCreateShipment(
        booking,
        refused('E', 'Object reference not set to an instance of an object.'),
      ),
      'null-reference',
    ],
  ])('%s is not, but may be', (_what, outcome, code) => {
    expect(outcome).toMatchObject({ kind: 'unknown', code });
  });

  test.each<[string, ReturnType<typeof refused>, object]>([
    [
      'no pin',
      refused('InvalidPinCode', 'Pincode cannot be blank '),
      { code: 'pincode-invalid', field: 'consignee.pincode' },
    ],
    ['area', refused('InvalidAreaScNotInRegion', 'x', 'nested'), { code: 'origin-area' }],
    [
      'words of its own',
      refused('X9', 'Call 9847000000 about Asha R'),
      { code: 'refused-otherwise', message: 'X9: Call … about …' },
    ],
  ])('refused: %s', (_what, answer, expected) => {
    expect(parseCreateShipment(booking, answer)).toMatchObject({ kind: 'refused', ...expected });
  });

  test.each([
    ['RequestAuthenticationFailed', 'authentication'],
    ['UserDoesNotExists', 'authentication'],
    ['UnauthorizedUser', 'authentication'],
    ['InsufficientBalance', 'insufficient-balance'],
  ])('%s stops the account', (status, code) => {
    const outcome = parseCreateShipment(booking, refused(status, '', 'nested'));
    expect(outcome).toMatchObject({ kind: 'account', code });
  });

  test.each([
    [401, {}, { kind: 'transient', code: 'token-refused' }],
    [415, {}, { kind: 'account', code: 'no-access' }],
    [429, { 'retry-after': '7' }, { kind: 'transient', retryAfterMs: 7000 }],
    [429, {}, { kind: 'transient', retryAfterMs: 30_000 }],
  ])('HTTP %i did not happen', (status, headers, expected) => {
    expect(parseCreateShipment(booking, answerOf('{}', status, headers))).toMatchObject(expected);
  });
});
