import { describe, expect, test } from '@jest/globals';
import { parseCreateShipment } from './create-shipment.ts';
import { classifyRefusal, unwrap } from './refusals.ts';
import { answerOf, booking } from './samples.ts';

const wrapBare = (reason: string) =>
  `Crashing while saving package due to exception ${reason}. ` +
  'Package might have been partially saved.';
const wrap = (reason: string) => wrapBare(`'${reason}'`);

/** The contract's table, row by row. */
const table: [reason: string, kind: string, code: string][] = [
  ['Duplicate Order Id : SHOP1-10021', 'exists', 'duplicate-order-id'],
  ['Duplicate waybill', 'exists', 'duplicate-waybill'],
  ['Unable to consume waybill 57930810000011', 'unknown', 'waybill-not-consumable'],
  ['wbn: 57930810000011 is not available', 'unknown', 'waybill-not-consumable'],
  ['ClientWarehouse matching query does not exist.', 'refused', 'warehouse-unknown'],
  ['Client-Warehouse is not active.', 'refused', 'warehouse-inactive'],
  ['Wrong/Inactive center', 'refused', 'warehouse-inactive'],
  ["'NoneType' object has no attribute 'end_date'", 'account', 'account-not-configured'],
  ['682001 is non serviceable pincode', 'refused', 'pincode-not-serviceable'],
  ['Consignee pin code is invalid', 'refused', 'pincode-invalid'],
  ['Package type COD not serviceable for this account', 'refused', 'payment-mode-not-serviceable'],
  [
    'Manifestation failed as the total shipment volume has exceeded ' +
      'the available capacity of this pincode',
    'transient',
    'pincode-capacity',
  ],
  ['suspicious order/consignee', 'refused', 'suspicious-consignee'],
  ['Incorrect phone number(s) for order', 'refused', 'phone-refused'],
  ['No phone number provided.', 'refused', 'phone-refused'],
  ['add is required field', 'refused', 'address-missing'],
  ['consignee name not provided', 'refused', 'name-missing'],
  ['Payment mode "" could not be standardized', 'refused', 'payment-mode-refused'],
  ['oid does not pass the validator', 'refused', 'reference-refused'],
  [
    '(Prepaid) client manifest charge API failed due to insufficient balance',
    'account',
    'insufficient-balance',
  ],
  ['PUR check: failure rate of the seller is very high', 'account', 'seller-stopped'],
  ['client is not active', 'account', 'client-inactive'],
  ['Invalid client!', 'account', 'client-inactive'],
  ['shipment list contains no data', 'refused', 'empty-shipment-list'],
  ['format key missing in the post', 'refused', 'malformed-request'],
  ["'unicode' object has no attribute 'get'", 'refused', 'malformed-request'],
  ['Unterminated string starting at: line 1 column 9', 'refused', 'malformed-request'],
  ['Authentication credentials were not provided', 'account', 'authentication'],
];

describe.each(table)('%s', (reason, kind, code) => {
  test.each([
    ['bare', reason],
    ['in the boiler-plate', wrap(reason)],
    ['in the boiler-plate without quotes', wrapBare(reason)],
    ['in capitals', reason.toUpperCase()],
  ])('%s', (_how, text) => {
    expect(classifyRefusal([text])).toMatchObject({ kind, code });
  });

  test('as the carrier sends it, as a list, as a text and only in rmk', () => {
    const packages = (remarks: unknown) => [
      { status: 'Fail', waybill: '', refnum: booking.reference, remarks },
    ];
    const bodies = [
      { success: false, rmk: 'An internal Error has occurred', packages: packages([wrap(reason)]) },
      { success: false, rmk: '', packages: packages(wrap(reason)) },
      { success: false, rmk: reason, packages: packages([]) },
      { success: false, rmk: reason, packages: [] },
      { success: false, rmk: reason },
    ];
    for (const body of bodies) {
      const answer = answerOf({ status: 200, headers: {}, body: JSON.stringify(body) });
      expect(parseCreateShipment(booking, answer)).toMatchObject({ kind, code });
    }
  });
});

describe('a reason that is not known', () => {
  test.each([
    [wrap('deadlock detected'), 'partially-saved'],
    ['Package creation API error.Package might be saved. Contact us', 'partially-saved'],
    ['An internal Error has occurred, Please get in touch with us', 'unclassified'],
    ['', 'unclassified'],
  ])('%p may have left a parcel behind', (text, code) => {
    expect(classifyRefusal([text])).toMatchObject({ kind: 'unknown', code });
  });

  test('is told without the customer in it', () => {
    const text = wrap('Asha R, 12/4 Beach Rd: call +91 98470 00000 or asha@x.in');
    const outcome = classifyRefusal([text], ['Asha R', '12/4 Beach Rd']);
    expect(outcome).toMatchObject({ kind: 'unknown', message: '…, …: call … or …' });
  });
});

test.each([
  [wrap('a reason'), 'a reason'],
  [
    'Crashing while saving package due to exception a. Package might have been partially saved',
    'a',
  ],
  ['plain', 'plain'],
])('%s is unwrapped', (text, reason) => {
  expect(unwrap(text)).toBe(reason);
});
