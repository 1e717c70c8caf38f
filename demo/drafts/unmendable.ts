import type { Draft } from '../draft.ts';

/** What no rule may guess: each of these has to wait for a human, and only these. */
export const unmendableDrafts: readonly Draft[] = [
  {
    mess: 'a PIN of five digits',
    to: {
      name: 'Binu Varghese',
      address1: 'Plavila Veedu, Station Road',
      city: 'Kollam',
      province: 'Kerala',
      zip: '69100',
      phone: '9847000501',
    },
    buys: [['mundu', 1]],
    pays: { cod: 'Cash on Delivery (COD)' },
    attention: 'SHIP_TO_PINCODE_DAMAGED',
  },
  {
    mess: 'no phone anywhere',
    to: {
      name: 'Usha Devi',
      address1: '27 Kasturba Gandhi Marg',
      city: 'Delhi',
      province: 'Delhi',
      zip: '110001',
      phone: null,
    },
    customer: { phone: null },
    buys: [['stole', 1]],
    pays: 'prepaid',
    attention: 'SHIP_TO_PHONE_MISSING',
  },
  {
    mess: 'a PIN that no carrier serves',
    to: {
      name: 'Biplab Debbarma',
      address1: 'Hill Road, Jampui',
      city: 'Kanchanpur',
      province: 'Tripura',
      zip: '799999',
      phone: '9862000503',
    },
    buys: [['kurta', 1]],
    pays: 'prepaid',
    attention: 'NOT_SERVICEABLE',
  },
  {
    mess: 'a PIN under embargo',
    to: {
      name: 'Maria Ekka',
      address1: 'Harbour Lane, Campbell Bay',
      city: 'Great Nicobar',
      province: 'Andaman and Nicobar',
      zip: '744999',
      phone: '9434000504',
    },
    buys: [['towel', 2]],
    pays: 'prepaid',
    attention: 'NOT_SERVICEABLE',
  },
];
