import { describe, expect, test } from '@jest/globals';
import type { OrderCustomer, RawShipTo } from './place-order.ts';
import { validateShipTo } from './validate-ship-to.ts';

const shipTo: RawShipTo = {
  name: 'Asha R',
  phone: '098470 00000',
  address1: '12/4 Beach Rd 🏖️',
  address2: 'near temple',
  city: 'Kochi',
  state: 'KL',
  pincode: '682 001',
  country: 'India',
};
const customer: OrderCustomer = { name: 'Asha Raman', phone: '+919847000001', email: null };

const absent: RawShipTo = {
  name: null,
  phone: null,
  address1: null,
  address2: null,
  city: null,
  state: null,
  pincode: null,
  country: null,
};

const codesOf = (notes: readonly { code: string }[]) => notes.map((note) => note.code);

test('a good address comes out clean and without a remark', () => {
  expect(validateShipTo(shipTo, customer)).toEqual({
    usable: true,
    contact: {
      name: 'Asha R',
      phone_e164: '+919847000000',
      address1: '12/4 Beach Rd 🏖️',
      address2: 'near temple',
      city: 'Kochi',
      state: 'Kerala',
      pincode: '682001',
      country: 'IN',
    },
    warnings: [],
    problems: [],
  });
});

describe('what can be put right is, with a warning', () => {
  test.each<[string, Partial<RawShipTo>, string[], object]>([
    [
      'a phone in words',
      { phone: 'same' },
      ['phone_from_customer'],
      { phone_e164: '+919847000001' },
    ],
    ['no name', { name: ' ' }, ['name_from_customer'], { name: 'Asha Raman' }],
    ['a name of digits', { name: '12345' }, ['name_from_customer'], { name: 'Asha Raman' }],
    [
      'the PIN in the address',
      { pincode: '', address2: 'near temple 682001' },
      ['pincode_from_address'],
      { pincode: '682001' },
    ],
    ['the PIN in the city', { pincode: null, city: 'Kochi-682001' }, ['pincode_from_address'], {}],
    [
      'two PINs',
      { address2: 'Aluva 683101' },
      ['pincode_differs_from_address'],
      { pincode: '682001' },
    ],
    ['another state', { state: 'Goa' }, ['state_differs_from_pincode'], { state: 'Goa' }],
    ['no state', { state: null }, ['state_from_pincode'], { state: 'Kerala' }],
    ['no city', { city: 'NA' }, ['city_missing'], { city: null }],
    ['an endless address', { address2: 'lane '.repeat(60) }, ['address_long'], {}],
    [
      'all in the second line',
      { address1: null, address2: '12/4 Beach Rd' },
      [],
      { address1: '12/4 Beach Rd', address2: null },
    ],
    ['one line twice', { address2: '12/4  Beach Rd 🏖️' }, [], { address2: null }],
    ['no country', { country: null }, [], { country: 'IN' }],
    ['the country in Malayalam', { country: 'ഇന്ത്യ' }, [], { country: 'IN' }],
  ])('%s', (_what, change, warnings, contact) => {
    const result = validateShipTo({ ...shipTo, ...change }, customer);
    expect(result.problems).toEqual([]);
    expect(result.usable).toBe(true);
    expect(codesOf(result.warnings)).toEqual(warnings);
    expect(result.contact).toMatchObject(contact);
  });
});

describe('what only a person can settle is a problem', () => {
  const nobody: OrderCustomer = { name: null, phone: null, email: null };
  test.each<[string, Partial<RawShipTo>, string[]]>([
    ['no phone', { phone: null }, ['phone_missing']],
    ['a rounded phone', { phone: '9.847E+09' }, ['phone_scientific']],
    ['a placeholder phone', { phone: '9999999999' }, ['phone_placeholder']],
    ['no name', { name: 'test' }, ['name_missing']],
    ['no address', { address1: ' ', address2: null }, ['address_missing']],
    ['an address of three letters', { address1: 'abd', address2: null }, ['address_too_short']],
    ['same as above', { address1: 'Same as above', address2: null }, ['address_placeholder']],
    ['only the PIN', { address1: '682001', address2: null }, ['address_too_short']],
    ['five digits of a PIN', { pincode: '68200' }, ['pincode_damaged']],
    ['no PIN', { pincode: null }, ['pincode_missing']],
    ['a PIN of letters', { pincode: 'none' }, ['pincode_invalid']],
    ['no PIN and no state: one thing to ask', { pincode: null, state: null }, ['pincode_missing']],
    ['a PIN on a border and no state', { pincode: '826001', state: null }, ['state_missing']],
    [
      'a foreign address',
      { country: 'Nepal', pincode: '44600', state: '' },
      ['country_not_served'],
    ],
  ])('%s', (_what, change, problems) => {
    const result = validateShipTo({ ...shipTo, ...change }, nobody);
    expect(result.usable).toBe(false);
    expect(codesOf(result.problems)).toEqual(problems);
  });

  test('an absent shipping address is every problem at once, and no crash', () => {
    const result = validateShipTo(absent, nobody);
    expect(codesOf(result.problems)).toEqual([
      'name_missing',
      'phone_missing',
      'address_missing',
      'pincode_missing',
    ]);
  });
});

test('no reason ever holds what the customer wrote', () => {
  const secret: RawShipTo = {
    name: '7777',
    phone: '+1 415 555 2671',
    address1: 'Zq',
    address2: null,
    city: '',
    state: 'Zembla',
    pincode: '81234',
    country: 'India',
  };
  const { warnings, problems } = validateShipTo(secret, { name: null, phone: '123', email: null });
  const text = JSON.stringify([...warnings, ...problems].map((note) => note.reason));
  expect(problems.length).toBeGreaterThan(3);
  for (const value of ['7777', '415', '2671', 'Zq', 'Zembla', '81234']) {
    expect(text).not.toContain(value);
  }
});
