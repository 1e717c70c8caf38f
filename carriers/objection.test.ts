/** What each carrier refuses about a consignee: the same when it is chosen and when it is booked. */
import { describe, expect, test } from '@jest/globals';
import { objectionOf } from './parcel.ts';
import type { Consignee } from './parcel.ts';
import { carriers } from './registry.ts';
import type { CarrierCode } from './registry.ts';
import { assertBookable as assertBlueDart } from './bluedart/booking.ts';
import { assertBookable as assertDelhivery } from './delhivery/booking.ts';
import { assertBookable as assertShiprocket } from './shiprocket/booking.ts';
import { booking as blueDartBooking } from './bluedart/samples.ts';
import { booking as delhiveryBooking } from './delhivery/samples.ts';
import { booking as shiprocketBooking } from './shiprocket/samples.ts';

const codes = Object.keys(carriers) as CarrierCode[];

const taken: Consignee = {
  name: 'Asha Menon',
  phone: '9847012345',
  addressLines: ['12/4 Beach Road'],
  city: 'Kochi',
  state: 'Kerala',
  pincode: '682001',
  country: 'IN',
};

const objectionsTo = (consignee: Consignee) =>
  Object.fromEntries(
    codes.map((code) => [code, carriers[code].objection(consignee)?.field ?? null]),
  );

const nobody = { delhivery: null, shiprocket: null, bluedart: null };

test('an address as it should be is taken by all', () => {
  expect(objectionsTo(taken)).toEqual(nobody);
});

const all = (field: string) => ({ delhivery: field, shiprocket: field, bluedart: field });
const longAddress = Array.from({ length: 10 }, () => 'ninechars').join(' ');

describe('an objection names the field', () => {
  test.each<[string, Partial<Consignee>, Record<string, string>]>([
    ['a city of 31 characters', { city: 'C'.repeat(31) }, { shiprocket: 'consignee.city' }],
    ['no city', { city: '' }, { shiprocket: 'consignee.city' }],
    ['a blank city', { city: ' ' }, { shiprocket: 'consignee.city' }],
    ['no state', { state: ' ' }, { shiprocket: 'consignee.state' }],
    ['no name', { name: '' }, { shiprocket: 'consignee.name', bluedart: 'consignee.name' }],
    ['a name of 201 characters', { name: 'N'.repeat(201) }, { shiprocket: 'consignee.name' }],
    [
      'a name nobody can write in Latin letters',
      { name: '王小明' },
      { bluedart: 'consignee.name' },
    ],
    [
      'more than three lines of 30',
      { addressLines: [longAddress] },
      { bluedart: 'consignee.addressLines' },
    ],
    ['no address line', { addressLines: [] }, { bluedart: 'consignee.addressLines' }],
    ['a phone of nine digits', { phone: '984701234' }, all('consignee.phone')],
    ['a landline', { phone: '4842345678' }, all('consignee.phone')],
    ['a PIN code of five digits', { pincode: '68200' }, all('consignee.pincode')],
    ['a PIN code that begins with 0', { pincode: '082001' }, all('consignee.pincode')],
  ])('%s', (_, change, objections) => {
    expect(objectionsTo({ ...taken, ...change })).toEqual({ ...nobody, ...objections });
  });
});

test.each<[string, Partial<Consignee>]>([
  ['a city of 30 characters', { city: 'C'.repeat(30) }],
  ['an Indian script', { name: 'ആശ മേനോൻ', addressLines: ['കടവന്ത്ര റോഡ് 12'], city: 'കൊച്ചി' }],
  ['an emoji', { name: 'Asha Menon 🌸' }],
])('%s is no reason for an objection', (_, change) => {
  expect(objectionsTo({ ...taken, ...change })).toEqual(nobody);
});

test('an objection never tells what is in the field', () => {
  const secret = 'Zubeida'.repeat(40);
  const consignee = { ...taken, name: secret, city: secret, addressLines: [secret], phone: secret };
  for (const code of codes) {
    const objection = carriers[code].objection(consignee);
    expect(objection).not.toBeNull();
    expect(JSON.stringify(objection)).not.toContain('Zubeida');
  }
});

describe('whoever is objected to could not be booked, by the same rule', () => {
  const book: Record<CarrierCode, (consignee: Consignee) => void> = {
    delhivery: (consignee) => assertDelhivery({ ...delhiveryBooking, consignee }),
    shiprocket: (consignee) =>
      assertShiprocket({
        ...shiprocketBooking,
        consignee: { ...consignee, email: 'asha@example.com' },
      }),
    bluedart: (consignee) => assertBlueDart({ ...blueDartBooking, consignee }),
  };
  const changes: Partial<Consignee>[] = [
    {},
    { city: 'C'.repeat(31) },
    { name: '王小明' },
    { addressLines: [longAddress] },
    { phone: '12' },
  ];
  test.each(codes)('%s', (code) => {
    for (const change of changes) {
      const consignee = { ...taken, ...change };
      const refused = objectionOf(() => book[code](consignee));
      expect(refused).toEqual(carriers[code].objection(consignee));
    }
  });
});
