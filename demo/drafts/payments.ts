import type { Draft } from '../draft.ts';

/** Nothing wrong with where they go; what is paid, and what is in the box, is the trouble. */
export const paymentDrafts: readonly Draft[] = [
  {
    mess: 'a part paid in advance, the rest at the door',
    to: {
      name: 'Shalini Varma', address1: '16 Race Course Road', city: 'Coimbatore',
      province: 'Tamil Nadu', zip: '641018', phone: '9843000401',
    },
    buys: [['saree', 1], ['stole', 1]],
    pays: { cod: 'Cash on Delivery (COD)', paidMinor: 500_00 },
  },
  {
    mess: 'a part paid in advance and a discount',
    to: {
      name: 'Faizal K P', address1: 'KP House, Thana', city: 'Kannur', province: 'Kerala',
      zip: '670012', phone: '9947000402',
    },
    buys: [['mundu', 3]],
    pays: { cod: 'Partial COD by SmartCheckout', paidMinor: 200_00 },
    discountMinor: 269_70,
  },
  {
    mess: 'seven lines, some without SKU, one without a weight',
    to: {
      name: 'Geetha Ramachandran', address1: '302 Shanti Kunj, Paud Road', city: 'Pune',
      province: 'Maharashtra', zip: '411038', phone: '9823000403',
    },
    buys: [
      ['kurta', 1], ['frock', 2], ['chips', 3], ['pickle', 2],
      ['halwa', 1], ['towel', 1], ['stole', 1],
    ],
    pays: 'prepaid',
  },
  {
    mess: 'twelve of a kind',
    to: {
      name: 'Hotel Sea Breeze (reception)', address1: 'Beach Front, Kovalam Junction',
      city: 'Kovalam', province: 'Kerala', zip: '695527', phone: '9961000404',
    },
    customer: { name: 'Sea Breeze Hospitality', email: 'purchase@seabreeze.example' },
    buys: [['bedsheet', 12]],
    pays: 'prepaid',
    discountMinor: 2_158_80,
  },
  {
    mess: 'a gateway in capitals, and a note with an emoji',
    to: {
      name: 'Jyoti Bala', address1: 'Village Kot, P.O. Ghumarwin', city: 'Bilaspur',
      province: 'HP', zip: '174021', phone: '9816000405',
    },
    buys: [['frock', 1]],
    pays: { cod: 'CASH ON DELIVERY' },
    note: 'Please call before 6 pm 🙏\nलिफ्ट बंद है',
  },
  {
    mess: 'a present: another buyer, no e-mail, no phone of theirs',
    to: {
      name: 'Saraswathi Amma', address1: 'Madathil, near Devi Temple', city: 'Thrissur',
      province: 'Kerala', zip: '680001', phone: '9745000406',
    },
    customer: { name: 'Naveen (from Dubai)', phone: null, email: null },
    buys: [['saree', 1], ['halwa', 1]],
    pays: 'prepaid',
    note: 'Happy Onam, Amma! &hearts;',
  },
  {
    mess: 'a courtesy name for the parcel: the buyer is named instead',
    to: {
      name: 'N/A', address1: '4th Floor, Infra Park, Phase 2', city: 'Gurgaon',
      province: 'Haryana', zip: '122002', phone: '9811000407',
    },
    customer: { name: 'Karan Malhotra' },
    buys: [['kurta', 1]],
    pays: 'prepaid',
  },
];
