import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { drive } from '../../sql-tests/support/drive.ts';
import { placeOrder } from '../../sql-tests/support/orders.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

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
