import type { Draft } from '../draft.ts';

/** PIN codes and states with slips that a rule can put right. */
export const pincodeDrafts: readonly Draft[] = [
  {
    mess: 'a space in the PIN',
    to: {
      name: 'Vishnu Prasad', address1: 'Panampilly Nagar, 6th Cross', city: 'Cochin',
      province: 'Kerala', zip: '682 036', phone: '9847000301',
    },
    buys: [['kurta', 1]],
    pays: 'prepaid',
  },
  {
    mess: 'letters O for zeros',
    to: {
      name: 'Rahul Dravidan', address1: '77 Residency Road', city: 'Bengaluru',
      province: 'KA', zip: '56OO25', phone: '9880000302',
    },
    buys: [['bedsheet', 1]],
    pays: { cod: 'Cash on Delivery (COD)' },
  },
  {
    mess: '"PIN:" before the number',
    to: {
      name: 'Elizabeth George', address1: 'Olive Apartments, MG Road', city: 'Ernakulam',
      province: 'Kerala', zip: 'PIN:682001', phone: '9846000303',
    },
    buys: [['saree', 1]],
    pays: 'prepaid',
  },
  {
    mess: 'full-width digits',
    to: {
      name: 'Arjun Pillai', address1: 'Sreepadmam, East Fort', city: 'Trivandrum',
      province: 'Kerala', zip: '６９５０２３', phone: '9895000304',
    },
    buys: [['mundu', 1]],
    pays: 'prepaid',
  },
  {
    mess: 'no PIN of its own, but one in the address line',
    to: {
      name: 'Suresh Yadav', address1: 'B-12 Gomti Nagar, Lucknow 226010',
      address2: 'behind Phoenix mall', city: 'Lucknow', province: 'UP', zip: '',
      phone: '9839000305',
    },
    buys: [['towel', 4]],
    pays: { cod: 'COD' },
  },
  {
    mess: 'a decimal from a spreadsheet',
    to: {
      name: 'Pooja Agarwal', address1: '5 Civil Lines, near Rambagh', city: 'Jaipur',
      province: 'Rajasthan', zip: '302006.0', phone: '9829000306',
    },
    buys: [['frock', 3]],
    pays: 'prepaid',
  },
  {
    mess: 'a PIN as a number, a full stop behind the state',
    to: {
      name: 'Debasish Das', address1: 'Bylane 4, Zoo Road', city: 'Guwahati',
      province: 'Assam.', zip: 781024, phone: '9864000307',
    },
    buys: [['stole', 3]],
    pays: 'prepaid',
  },
  {
    mess: 'no state, and the PIN knows it',
    to: {
      name: 'Mary Thomas', address1: 'Nirmala Bhavan, Sulthan Bathery', city: 'Wayanad',
      province: null, zip: '673592', phone: '9447000308',
    },
    buys: [['halwa', 1], ['chips', 2]],
    pays: 'prepaid',
  },
  {
    mess: 'a state that does not exist, a hyphen in the PIN',
    to: {
      name: 'Chandan Mahato', address1: 'Qr. No. 118, Street 7, Sector 6', city: 'Bhilai',
      province: 'Chhattisgadh Pradesh', zip: '490-006', phone: '9827000309',
    },
    buys: [['kurta', 2]],
    pays: { cod: 'Pay on delivery' },
  },
  {
    mess: 'Devanagari digits in the PIN, no province but a country in lower case',
    to: {
      name: 'विजय पाटील', address1: 'सर्व्हे नं. २१, कॉलेज रोड', city: 'Nashik',
      province: null, zip: '४२२००५', country: 'india', phone: '9850000310',
    },
    buys: [['towel', 1]],
    pays: 'prepaid',
  },
];
