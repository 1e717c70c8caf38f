import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { buildSchema, parse, validate } from 'postgraphile/graphql';

import { startTestApi, type TestApi } from '../testing/test-api.ts';

const root = join(import.meta.dirname, '../..');
const tour = await readFile(join(root, 'docs/api.md'), 'utf8');
const schema = buildSchema(await readFile(join(root, 'generated/schema.graphql'), 'utf8'));

/** The documents of docs/api.md by their names, and the variables that it gives in JSON. */
const documents = new Map(
  [
    ...tour.matchAll(/```graphql\n(?<text>(?:query|mutation|subscription) (?<name>\w+)[^]*?)```/g),
  ].map(({ groups }) => [groups?.name ?? '', groups?.text ?? '']),
);
const samples = [...tour.matchAll(/```json\n([^]*?)```/g)].map(
  ([, text]) => JSON.parse(text ?? '') as Record<string, Record<string, unknown> | undefined>,
);
const placeVariables = samples.find(({ input }) => input);

let api: TestApi;
let owner: string;

beforeAll(async () => {
  api = await startTestApi();
  owner = await api.tokenOf(api.ours);
});
afterAll(() => api.close());

async function run<T>(name: string, variables: object = {}): Promise<T> {
  const { data, errors } = await api.graphql<T>(owner, documents.get(name) ?? '', variables);
  expect(errors).toBeUndefined();
  return data;
}

test('there are examples, and all of them fit the schema', () => {
  expect([...documents.keys()]).toEqual([
    'Board',
    'Search',
    'Order',
    'Place',
    'Accept',
    'AcceptAll',
    'Rules',
    'Exceptions',
    'Carriers',
    'Save',
    'Check',
    'Rates',
    'HandOver',
    'Live',
    'Page',
  ]);
  for (const text of documents.values()) expect(validate(schema, parse(text))).toEqual([]);
});

test('the examples do what the tour says', async () => {
  const storeId = api.ours.shipping;
  const input = { ...placeVariables?.input, storeId };
  const { placeOrder } = await run<{ placeOrder: { order: { id: string; number: number } } }>(
    'Place',
    { input },
  );
  expect(placeOrder.order).toMatchObject({
    status: 'PENDING',
    total: { amount: 305000, currency: 'INR' },
  });
  expect(await run('Place', { input })).toEqual({ placeOrder });
  const { id, number } = placeOrder.order;
  await api.dispatch();

  expect(await run('Board', { storeId })).toEqual({
    me: { name: 'owner', role: 'OWNER' },
    merchant: { name: 'Kochi Cotton', currency: 'INR' },
    orderCounts: { total: 1, needingAttention: 0, byStatus: [{ status: 'PENDING', count: 1 }] },
    orders: {
      pageInfo: { hasNextPage: false, endCursor: expect.any(String) },
      nodes: [
        {
          id,
          number,
          status: 'PENDING',
          total: { amount: 305000, currency: 'INR' },
          shipTo: { name: 'Asha Menon', city: 'Kochi' },
        },
      ],
    },
    exceptions: { nodes: [] },
  });
  for (const text of ['asha', 'men as', '+91 98470 12345', '2345', String(number), `#${number}`]) {
    expect(await run('Search', { text })).toMatchObject({ orders: { nodes: [{ number }] } });
  }
  expect(await run('Accept', { orderId: id })).toMatchObject({
    transitionOrder: { order: { status: 'ACCEPTED', acceptedAt: expect.any(String), seq: 2 } },
  });
  expect(await run('AcceptAll', { orderIds: [id] })).toEqual({
    transitionOrders: {
      results: [
        {
          orderId: id,
          outcome: 'CONFLICT',
          code: 'CONFLICT',
          message: expect.any(String),
          status: 'ACCEPTED',
          seq: 2,
        },
      ],
    },
  });
  expect(await run('Order', { id })).toMatchObject({
    order: {
      status: 'ACCEPTED',
      workflow: 'SHIPPING',
      nextMoves: [
        { toStatus: 'PACKING', roles: ['OWNER', 'MANAGER', 'STAFF'], requires: [] },
        { toStatus: 'SHIPPED', requires: ['TRACKING_CODE'] },
        { toStatus: 'CANCELLED', requires: ['REASON'] },
      ],
      items: { nodes: [{ quantity: 2, unitPrice: { amount: 150000, currency: 'INR' } }] },
      events: {
        nodes: [
          { seq: 1, type: 'ORDER_PLACED', fromStatus: null, toStatus: 'PENDING' },
          { seq: 2, actorRole: 'OWNER', member: { name: 'owner' }, toShipmentStatus: null },
        ],
      },
    },
  });
});

test('the rules are those of the database', async () => {
  const { workflows } = await run<{ workflows: { workflow: string; moves: unknown[] }[] }>('Rules');
  expect(workflows.map(({ workflow, moves }) => [workflow, moves.length])).toEqual([
    ['AUTOMATED', 10],
    ['PICKUP', 8],
    ['SHIPPING', 9],
  ]);
});

test('what waits for a person can be asked for together', async () => {
  const nothing = { nodes: [] };
  expect(await run('HandOver')).toEqual({
    handOvers: nothing,
    carrierPickups: nothing,
    manifests: nothing,
  });
  expect(await run('Exceptions')).toEqual({
    deadLetters: nothing,
    inboundMessages: nothing,
    carrierCircuits: nothing,
  });
});

test('what a box would cost can be asked for before there is one', async () => {
  const none = { price: null, days: null, isChosen: false, reason: 'NOT_ANSWERED' };
  expect(await run('Rates', { locationId: api.ours.location })).toEqual({
    carrierAccounts: { nodes: [{ name: 'Delhivery', rateCard: null }] },
    previewOffers: {
      rule: 'CHEAPEST',
      offers: [{ ...none, carrierAccount: { name: 'Delhivery' } }],
    },
  });
});
