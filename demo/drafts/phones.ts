import type { Draft } from '../draft.ts';

/** Phone numbers as people type them: each of these can be called. */
export const phoneDrafts: readonly Draft[] = [
  {
    mess: 'the country code twice',
    to: {
      name: 'Nithin Jose', address1: 'Kalarickal House, MC Road', city: 'Thiruvalla',
      province: 'Kerala', zip: '689101', phone: '+91+919847000201',
    },
    buys: [['chips', 6]],
    pays: { cod: 'Cash on Delivery (COD)' },
  },
  {
    mess: 'the country code twice, without plus signs',
    to: {
      name: 'Sreeja Menon', address1: '3/512 Temple Street', city: 'Palakkad',
      province: 'Kerala', zip: '678001', phone: '91919847000202',
    },
    buys: [['saree', 1]],
    pays: 'prepaid',
  },
  {
    mess: 'two numbers with a slash',
    to: {
      name: 'Ramesh Babu', address1: 'Door 9-14-3, VIP Road', city: 'Visakhapatnam',
      province: 'AP', zip: '530003', phone: '98480 00203 / 99490 00203',
    },
    buys: [['kurta', 1]],
    pays: { cod: 'cash_on_delivery' },
  },
  {
    mess: 'two numbers, the first one a land line',
    to: {
      name: 'Thomas Chacko', address1: 'Chacko & Sons, Market Road', city: 'Alleppey',
      province: 'Kerala', zip: '688001', phone: '0477-2234567, 9447000204',
    },
    buys: [['mundu', 5]],
    pays: 'prepaid',
  },
  {
    mess: 'a trunk zero and spaces',
    to: {
      name: 'Devika S', address1: 'Kripa, Vellayambalam', city: 'Thiruvananthapuram',
      province: 'Kerala', zip: '695010', phone: '0 98470 00205',
    },
    buys: [['frock', 2]],
    pays: 'prepaid',
  },
  {
    mess: '0091 and hyphens',
    to: {
      name: 'Anirban Ghosh', address1: '12/1 Gariahat Road, 2nd floor', city: 'Calcutta',
      province: 'West Bengal', zip: '700019', phone: '0091-98310-00206',
    },
    buys: [['saree', 2]],
    pays: 'prepaid',
  },
  {
    mess: 'a number from a spreadsheet, as a number',
    to: {
      name: 'Kavya Reddy', address1: 'Flat 502, Lotus Pond Residency', city: 'Hyderabad',
      province: 'TS', zip: '500034', phone: 9849000207,
    },
    buys: [['stole', 1], ['kurta', 1]],
    pays: { cod: 'COD' },
  },
  {
    mess: 'a trailing .0 from a spreadsheet',
    to: {
      name: 'Harpreet Kaur', address1: '221 Model Town Extension', city: 'Ludhiana',
      province: 'Punjab', zip: '141002', phone: '9815000208.0',
    },
    buys: [['bedsheet', 1]],
    pays: 'prepaid',
  },
  {
    mess: 'Devanagari digits',
    to: {
      name: 'सीता देवी', address1: 'मकान नं. ७, गली नं. ३, लक्ष्मी नगर', city: 'Delhi',
      province: 'New Delhi', zip: '110092', phone: '९८११०००२०९',
    },
    buys: [['towel', 2]],
    pays: { cod: 'Cash on Delivery (COD)' },
  },
  {
    mess: '"same" on the address, the number only on the customer',
    to: {
      name: 'Abdul Rahman', address1: 'Rose Villa, Court Road', city: 'Manjeri',
      province: 'Kerala', zip: '676121', phone: 'same',
    },
    customer: { phone: '+91 94460 00210' },
    buys: [['halwa', 1]],
    pays: 'prepaid',
  },
  {
    mess: 'a number that begins with 91 and is none of a country',
    to: {
      name: 'Meenakshi Sundaram', address1: '8 West Masi Street', city: 'Madurai',
      province: 'TN', zip: '625001', phone: '9198470211',
    },
    buys: [['pickle', 3]],
    pays: 'prepaid',
  },
];
