import type { Draft } from '../draft.ts';

/** Addresses as people type them: all of these reach their door. */
export const addressDrafts: readonly Draft[] = [
  {
    mess: 'emoji in name and address',
    to: {
      name: 'Asha R 🌸', address1: '🏠 12/4 Beach Road, blue gate 💙',
      address2: 'near temple 🛕', city: 'Kochi', province: 'Kerala', zip: '682001',
      phone: '+91 98470 00101',
    },
    buys: [['kurta', 1]],
    pays: 'prepaid',
  },
  {
    mess: 'Malayalam throughout, with a ZWJ chillu in the name',
    to: {
      name: 'അനഘ നായര\u0d4d\u200d', address1: 'ശ്രീനിലയം, അമ്പലത്തിനു സമീപം',
      address2: 'പാലാരിവട്ടം', city: 'കൊച്ചി', province: 'Kerala', zip: '682025',
      country: 'ഇന്ത്യ', phone: '9847000102',
    },
    buys: [['saree', 1]],
    pays: { cod: 'Cash on Delivery (COD)' },
  },
  {
    mess: 'Devanagari throughout, with a ZWJ in the name',
    to: {
      name: 'सुमित्रा दऱ\u094d\u200dयेकर', address1: 'घर क्र. १४, शिवाजी चौक',
      address2: 'राम मंदिरासमोर', city: 'पुणे', province: 'Maharashtra', zip: '411002',
      country: 'भारत', phone: '098220 00103',
    },
    buys: [['stole', 2]],
    pays: 'prepaid',
  },
  {
    mess: 'HTML entities, some of them twice',
    to: {
      name: 'O&#39;Brien &amp; Sons', address1: 'M&amp;amp;M Towers, &quot;B&quot; Wing',
      address2: 'opp.&nbsp;SBI ATM', city: 'Mumbai', province: 'MH', zip: '400050',
      phone: '+91-98200-00104',
    },
    buys: [['bedsheet', 1], ['towel', 2]],
    pays: 'prepaid',
  },
  {
    mess: 'more than 300 characters of directions',
    to: {
      name: 'Krishnan Kutty',
      address1:
        'Puthenveettil House, take the second left after the Government Higher Secondary School, ' +
        'then go straight for about 800 metres until the small bridge, cross it, and turn right ' +
        'at the tea shop with the green board',
      address2:
        'the house is the third one behind the mosque, with a jackfruit tree in front and a ' +
        'white gate; if the gate is closed please call, the dog does not bite; the neighbour ' +
        'Mr. Basheer also takes parcels',
      city: 'Calicut', province: 'Kerala', zip: '673001', phone: '9447000105',
    },
    buys: [['halwa', 2]],
    pays: { cod: 'cash_on_delivery' },
  },
  {
    mess: 'line breaks and tabs inside the lines',
    to: {
      name: 'Lakshmi\tPriya', address1: 'Flat 3B,\r\nSai Residency,\n4th Cross',
      address2: '\tIndira Nagar\n', city: 'Bangalore', province: 'Karnataka', zip: '560038',
      phone: '9886000106',
    },
    buys: [['frock', 1], ['frock', 1]],
    pays: 'prepaid',
  },
  {
    mess: 'no-break spaces, byte-order mark and zero-width spaces',
    to: {
      name: '\ufeffJoseph\u00a0Kurian', address1: '\u200b7\u00a0Church\u00a0Street',
      address2: 'First\u200b floor', city: 'Kottayam', province: 'Kerala\u00a0',
      zip: '686001', phone: '94470\u00a000107',
    },
    buys: [['mundu', 2]],
    pays: 'prepaid',
  },
  {
    mess: 'smart quotes, dashes and the PIN in the line as well',
    to: {
      name: 'Fathima “Fathi” Beevi',
      address1: '‘Baitul Noor’ – Beach Road – Tirur – 676101', address2: null,
      city: 'Tirur', province: 'KL', zip: '676101', phone: '80755 00108',
    },
    buys: [['stole', 1]],
    pays: { cod: 'Pay on delivery' },
  },
  {
    mess: 'city and PIN repeated in each line',
    to: {
      name: 'Senthil Kumar', address1: '45 Anna Salai, Chennai 600002',
      address2: 'Chennai - 600002', city: 'CHENNAI 600002', province: 'Tamilnadu',
      zip: '600002', phone: '9840000109',
    },
    buys: [['kurta', 2]],
    pays: 'prepaid',
  },
  {
    mess: 'an old name of the city and of the state',
    to: {
      name: 'Bijoy Mohanty', address1: 'Plot 22, Old Station Bazar', city: 'Bhubaneshwar',
      province: 'Orissa', zip: '751006', phone: '9437000110',
    },
    buys: [['bedsheet', 2]],
    pays: 'prepaid',
  },
  {
    mess: 'another old name, and "same as above" in the second line',
    to: {
      name: 'Padma Iyer', address1: 'TC 14/220, Vazhuthacaud', address2: 'same as above',
      city: 'Trivandrum', province: 'Kerela', zip: '695014', phone: '9846000111',
    },
    buys: [['towel', 3]],
    pays: { cod: 'COD' },
  },
  {
    mess: 'marks that turn the writing direction',
    to: {
      name: 'Imran \u200fShaikh', address1: '\u202a19-2-88, Charminar Road\u202c',
      city: 'Hyderabad', province: 'Telengana', zip: '500002', phone: '\u200e9848000112',
    },
    buys: [['kurta', 1], ['stole', 1]],
    pays: 'prepaid',
  },
  {
    mess: 'decomposed letters and a family emoji',
    to: {
      name: 'Rene\u0301e D\u2019Souza 👩‍👩‍👧', address1: 'Casa Bele\u0301m, Rua de Natal',
      address2: 'Fontainhas', city: 'Panjim', province: 'Goa', zip: '403001',
      phone: '9822000113',
    },
    buys: [['saree', 1], ['pickle', 2]],
    pays: 'prepaid',
  },
  {
    mess: 'no city',
    to: {
      name: 'Gurpreet Singh', address1: 'House 1180, Sector 22-B',
      address2: 'Near Kiran Cinema', city: '', province: 'Chandigarh', zip: '160022',
      phone: '9814000114',
    },
    buys: [['kurta', 3]],
    pays: { cod: 'Cash on Delivery (COD)' },
  },
  {
    mess: 'hanging commas, semicolons, and all in capitals',
    to: {
      name: 'RAJESH KUMAR SHARMA', address1: ', , C-401; GREEN PARK SOCIETY ,,',
      address2: ';NEAR D-MART ,', city: 'AHMEDABAD', province: 'GUJARAT', zip: '380015',
      phone: '9825000115',
    },
    buys: [['towel', 1], ['mundu', 1], ['chips', 4]],
    pays: 'prepaid',
  },
];
