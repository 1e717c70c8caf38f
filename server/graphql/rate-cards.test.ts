import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { drive } from '../../sql-tests/support/drive.ts';
import { placeOrder } from '../../sql-tests/support/orders.ts';
import { codeOf, startTestApi, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

const importMutation = `
  mutation ($input: ImportRateCardInput!) {
    importRateCard(input: $input) {
      rateCard {
        name validFrom validUntil fuelPercent codFee { amount currency } maxCod { amount }
        carrierAccount { carrier }
        zones { nodes { zone days } }
        slabs { nodes { zone fromGrams stepGrams price { amount currency } } }
        lanes { nodes { zone fromPrefix toPrefix } }
      }
    }
  }`;

const card = () => ({
  carrierAccountId: api.ours.carrierAccount,
  name: 'As agreed in April',
  validFrom: '2026-04-01',
  fuelPercent: 12.5,
  codFee: 3500,
  zones: [{ zone: 'india', days: 4 }],
  slabs: [{ zone: 'india', stepGrams: 500, price: 4000 }],
  lanes: [{ zone: 'india', toPrefixes: ['6', ''] }],
});

test('a rate card is imported and read back', async () => {
  const token = await api.tokenOf(api.ours, 'manager');
  const { data, errors } = await api.graphql(token, importMutation, { input: card() });
  expect(errors).toBeUndefined();
  expect(data).toEqual({
    importRateCard: {
      rateCard: {
        name: 'As agreed in April',
        validFrom: '2026-04-01',
        validUntil: null,
        fuelPercent: 12.5,
        codFee: { amount: 3500, currency: 'INR' },
        maxCod: null,
        carrierAccount: { carrier: 'DELHIVERY' },
        zones: { nodes: [{ zone: 'india', days: 4 }] },
        slabs: {
          nodes: [
            {
              zone: 'india',
              fromGrams: 0,
              stepGrams: 500,
              price: { amount: 4000, currency: 'INR' },
            },
          ],
        },
        lanes: {
          nodes: [
            { zone: 'india', fromPrefix: '', toPrefix: '' },
            { zone: 'india', fromPrefix: '', toPrefix: '6' },
          ],
        },
      },
    },
  });
});

test('a bad row is named by line and field, in the words of the API', async () => {
  const token = await api.tokenOf(api.ours, 'owner');
  const good = { zone: 'india', stepGrams: 500, price: 4000 };
  const slabs = [good, { ...good, fromGrams: 500, price: -1 }];
  const { errors } = await api.graphql(token, importMutation, { input: { ...card(), slabs } });
  expect(errors?.[0]?.extensions).toEqual({
    code: 'INVALID_INPUT',
    field: 'slabs[1].price',
    line: 2,
  });
});

const sheets = {
  pricesCsv: 'zone,days,step_grams,price\nindia,4,500,40.00\nhills,9,500,95',
  lanesCsv: 'zone,to\nhills,737 79\nindia,',
};
const terms = () => {
  const { zones, slabs, lanes, ...rest } = card();
  expect([zones, slabs, lanes].map((list) => list.length)).toEqual([1, 1, 1]);
  return { ...rest, validFrom: '2026-05-01' };
};

test('a card comes as sheets too', async () => {
  const token = await api.tokenOf(api.ours, 'manager');
  const input = { ...terms(), ...sheets };
  const { data, errors } = await api.graphql(token, importMutation, { input });
  expect(errors).toBeUndefined();
  expect(data).toMatchObject({
    importRateCard: {
      rateCard: {
        zones: { nodes: [{ zone: 'hills', days: 9 }, { zone: 'india' }] },
        slabs: { nodes: [{ price: { amount: 9500 } }, { price: { amount: 4000 } }] },
        lanes: { nodes: [{ toPrefix: '' }, { toPrefix: '737' }, { toPrefix: '79' }] },
      },
    },
  });
});

test('a card read as sheets and imported again is the same', async () => {
  const token = await api.tokenOf(api.ours, 'manager');
  const zones = ['plain', 'the "far" north, east', 'two\nlines'].map((zone) => ({ zone, days: 3 }));
  const slabs = zones.flatMap(({ zone }) => [
    { zone, fromGrams: 0, stepGrams: 500, price: 2405 },
    { zone, fromGrams: 500, stepGrams: 250, price: 0 },
  ]);
  const lanes = [
    { zone: 'plain', fromPrefix: '682', toPrefixes: ['682', '', '683'] },
    { zone: 'plain', toPrefixes: [''] },
    { zone: 'two\nlines', toPrefixes: ['7'] },
  ];
  const read = `name pricesCsv lanesCsv zones { nodes { zone days } }
    slabs { nodes { zone fromGrams stepGrams price { amount } } }
    lanes { nodes { zone fromPrefix toPrefix } }`;
  const importAs = async (more: object) => {
    const { data, errors } = await api.graphql<{
      importRateCard: { rateCard: { pricesCsv: string; lanesCsv: string } };
    }>(
      token,
      `mutation ($input: ImportRateCardInput!) { importRateCard(input: $input) { rateCard { ${read} } } }`,
      { input: { ...terms(), validFrom: '2027-01-01', ...more } },
    );
    expect(errors).toBeUndefined();
    return data.importRateCard.rateCard;
  };
  const first = await importAs({ zones, slabs, lanes });
  const { pricesCsv, lanesCsv } = first;
  expect(lanesCsv.split('\n')[1]).toBe('plain,,');
  expect(await importAs({ pricesCsv, lanesCsv })).toEqual(first);
});

test.each<[string, object, object]>([
  [
    'a cell that is no price',
    { ...sheets, pricesCsv: 'zone,step_grams,price\nindia,500,forty' },
    { field: 'pricesCsv', line: 2, column: 'price' },
  ],
  [
    'a zone without a slab from 0 g',
    {
      ...sheets,
      pricesCsv: 'zone,from_grams,step_grams,price\n\nindia,500,500,40\nhills,0,500,95',
    },
    { field: 'pricesCsv', line: 3, column: 'zone' },
  ],
  [
    'a slab twice',
    { ...sheets, pricesCsv: `${sheets.pricesCsv}\nhills,9,500,96` },
    { field: 'pricesCsv', line: 4, column: 'from_grams' },
  ],
  [
    'a step of nothing',
    { ...sheets, pricesCsv: 'zone,step_grams,price\nindia,500,40\nhills,0,95' },
    { field: 'pricesCsv', line: 3, column: 'step_grams' },
  ],
  [
    'a PIN code of letters',
    { ...sheets, lanesCsv: 'zone,to\nindia,6\nhills,7x' },
    { field: 'lanesCsv', line: 3, column: 'to' },
  ],
  [
    'a zone that has no price',
    { ...sheets, lanesCsv: 'zone,to\nindia,6\nmoon,7' },
    { field: 'lanesCsv', line: 3, column: 'zone' },
  ],
  [
    'lists beside a sheet',
    { ...sheets, slabs: [{ zone: 'india', stepGrams: 1, price: 1 }] },
    { field: 'pricesCsv' },
  ],
  ['a day that is none', { ...sheets, validFrom: '2026-02-31' }, { field: 'validFrom' }],
  ['a surcharge of 600 %', { ...sheets, fuelPercent: 600 }, { field: 'fuelPercent' }],
])('%s is refused where it stands', async (_name, change, facts) => {
  const token = await api.tokenOf(api.ours, 'owner');
  const input = { ...terms(), validFrom: '2026-06-01', ...change };
  const { errors } = await api.graphql(token, importMutation, { input });
  expect(errors?.[0]?.extensions).toEqual({ code: 'INVALID_INPUT', ...facts });
});

test('staff read cards and import none', async () => {
  const token = await api.tokenOf(api.ours, 'staff');
  const input = { ...terms(), ...sheets };
  const refused = await api.graphql(token, importMutation, { input });
  expect(codeOf(refused)).toBe('FORBIDDEN');
  const { data } = await api.graphql(
    token,
    `{ carrierAccounts { nodes { rateCard { name } rateCards { totalCount } } } }`,
  );
  expect(data).toMatchObject({
    carrierAccounts: {
      nodes: [{ rateCard: { name: 'As agreed in April' }, rateCards: { totalCount: 3 } }],
    },
  });
});

const previewQuery = `
  query ($box: PreviewedBoxInput!, $storeId: Int) {
    previewOffers(box: $box, storeId: $storeId) {
      rule
      offers {
        isChosen isAssumed reason service days zone chargedGrams rateSource
        price { amount currency } rtoPrice { amount } carrierAccount { carrier name }
      }
    }
  }`;
const previewedBox = () => ({
  locationId: api.ours.location,
  toPincode: '560001',
  weightGrams: 500,
  paymentMode: 'COD',
  value: 149_900,
});

test('what a box would cost is told without one', async () => {
  await api.database.pool.query(
    'update app_public.carrier_accounts set credentials_saved_at = now()',
  );
  const token = await api.tokenOf(api.ours, 'staff');
  const { data, errors } = await api.graphql(token, previewQuery, { box: previewedBox() });
  expect(errors).toBeUndefined();
  // The volume counts as 1 kg: two steps of ₹40, 12.5 % fuel, ₹35 for the cash.
  expect(data).toEqual({
    previewOffers: {
      rule: 'CHEAPEST',
      offers: [
        {
          isChosen: true,
          isAssumed: true,
          reason: null,
          service: null,
          days: 4,
          zone: 'india',
          chargedGrams: 1000,
          rateSource: 'RATE_CARD',
          price: { amount: 12_500, currency: 'INR' },
          rtoPrice: { amount: 9_000 },
          carrierAccount: { carrier: 'DELHIVERY', name: 'Delhivery' },
        },
      ],
    },
  });
  const wrong = { ...previewedBox(), toPincode: '5600' };
  const refused = await api.graphql(token, previewQuery, { box: wrong });
  expect(refused.errors?.[0]?.extensions).toEqual({ code: 'INVALID_INPUT', field: 'toPincode' });
  const foreign = await api.graphql(await api.tokenOf(api.theirs), previewQuery, {
    box: previewedBox(),
  });
  expect(codeOf(foreign)).toBe('NOT_FOUND');
});

test('an order shows what was offered for it', async () => {
  const { pool } = api.database;
  const id = await placeOrder(pool, api.ours, 'automated');
  await drive(pool, api.ours, id, 'assigned');
  const token = await api.tokenOf(api.ours, 'staff');
  const { data } = await api.graphql(
    token,
    `query ($id: UUID!) { order(id: $id) { rateQuotes {
       totalCount nodes { isChosen reason rule carrier service price { amount currency } days zone rateSource }
     } } }`,
    { id },
  );
  // 1200 g in three steps of ₹40, and 12.5 % fuel.
  expect(data).toEqual({
    order: {
      rateQuotes: {
        totalCount: 1,
        nodes: [
          {
            isChosen: true,
            reason: null,
            rule: 'CHEAPEST',
            carrier: 'DELHIVERY',
            service: 'surface',
            price: { amount: 13_500, currency: 'INR' },
            days: 4,
            zone: 'india',
            rateSource: 'RATE_CARD',
          },
        ],
      },
    },
  });
});

test('the rule is set by a word that the schema knows', async () => {
  const token = await api.tokenOf(api.ours, 'owner');
  const { data } = await api.graphql(
    token,
    `mutation ($store: Int!) {
       setAssignmentRule(input: { rule: FASTEST }) { merchant { assignmentRule } }
       setStoreAssignmentRule(input: { storeId: $store, rule: PRIORITY }) { store { assignmentRule } }
     }`,
    { store: api.ours.automated },
  );
  expect(data).toEqual({
    setAssignmentRule: { merchant: { assignmentRule: 'FASTEST' } },
    setStoreAssignmentRule: { store: { assignmentRule: 'PRIORITY' } },
  });
});
