import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { buildSchema, isEnumType } from 'postgraphile/graphql';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { placeOrder, readOrder, writeMove } from '../../sql-tests/support/orders.ts';
import { codesBySqlState } from '../errors/codes.ts';
import { startTestApi, type GraphQLAnswer, type TestApi } from '../testing/test-api.ts';

interface Answer {
  transitionOrders: { results: Record<string, unknown>[] } | null;
}

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

const move = `mutation ($input: TransitionOrdersInput!) { transitionOrders(input: $input) {
  results { orderId outcome code message status seq order { id status seq } } } }`;

async function moveAll(input: object, role: 'owner' | 'staff' = 'staff') {
  return api.graphql<Answer | null>(await api.tokenOf(api.ours, role), move, { input });
}

const place = (merchant = api.ours) => placeOrder(api.database.pool, merchant, 'shipping');

function refusal({ errors }: GraphQLAnswer) {
  return errors?.[0]?.extensions;
}

test('each order has its answer, in the order of the question', async () => {
  const [pending, cancelled, foreign] = [await place(), await place(), await place(api.theirs)];
  const nobody = randomUUID();
  await writeMove(api.database.pool, cancelled, { to: 'cancelled', reason: 'x' });
  const orderIds = [foreign, cancelled, pending, nobody];
  const { data, errors } = await moveAll({ orderIds, toStatus: 'ACCEPTED' });
  expect(errors).toBeUndefined();
  const none = { code: 'NOT_FOUND', status: null, seq: null, order: null, outcome: 'REFUSED' };
  expect(data?.transitionOrders?.results).toEqual([
    { ...none, orderId: foreign, message: expect.any(String) },
    {
      orderId: cancelled,
      outcome: 'REFUSED',
      code: 'INVALID_TRANSITION',
      message: expect.any(String),
      status: 'CANCELLED',
      seq: 2,
      order: { id: cancelled, status: 'CANCELLED', seq: 2 },
    },
    {
      orderId: pending,
      outcome: 'MOVED',
      code: null,
      message: null,
      status: 'ACCEPTED',
      seq: 2,
      order: { id: pending, status: 'ACCEPTED', seq: 2 },
    },
    { ...none, orderId: nobody, message: expect.any(String) },
  ]);
  expect(await readOrder(api.database.pool, foreign)).toMatchObject({ status: 'pending', seq: 1 });
});

test('who was second hears of a conflict, with the status that it has now', async () => {
  const id = await place();
  const input = { orderIds: [id], toStatus: 'ACCEPTED', expectedStatus: 'PENDING' };
  const [first, second] = await Promise.all([moveAll(input), moveAll(input)]);
  const results = [first, second].map(({ data }) => data?.transitionOrders?.results[0]);
  expect(results.map((result) => result?.outcome).toSorted()).toEqual(['CONFLICT', 'MOVED']);
  for (const result of results) expect(result).toMatchObject({ status: 'ACCEPTED', seq: 2 });
});

test('the same request under the same key is answered alike, another one is refused', async () => {
  const orderIds = [await place(), await place()];
  const input = { orderIds, toStatus: 'ACCEPTED', idempotencyKey: 'bulk-1' };
  const first = await moveAll(input);
  expect(first.data?.transitionOrders?.results).toHaveLength(2);
  expect(await moveAll(input)).toEqual(first);
  expect(await readOrder(api.database.pool, orderIds[0]!)).toMatchObject({ seq: 2 });
  const other = await moveAll({ ...input, toStatus: 'PACKING' });
  expect(refusal(other)).toEqual({ code: 'IDEMPOTENCY_MISMATCH', field: 'idempotencyKey' });
});

test('500 orders are one request; none, 501, or one twice, are none', async () => {
  const ids = Array.from({ length: 501 }, () => randomUUID());
  const { data, errors } = await moveAll({ orderIds: ids.slice(0, 500), toStatus: 'ACCEPTED' });
  expect(errors).toBeUndefined();
  expect(data?.transitionOrders?.results).toHaveLength(500);
  for (const orderIds of [[], ids, [ids[0], ids[0]]]) {
    const answer = await moveAll({ orderIds, toStatus: 'ACCEPTED' });
    expect(refusal(answer)).toEqual({ code: 'INVALID_INPUT', field: 'orderIds' });
  }
});

test('many bulk moves in one request cost too much', async () => {
  const orderIds = Array.from({ length: 100 }, () => randomUUID());
  const owner = await api.tokenOf(api.ours);
  const times = (howMany: number) => {
    const fields = Array.from(
      { length: howMany },
      (_, n) => `m${n}: transitionOrders(input: $input) { results { outcome } }`,
    );
    const query = `mutation ($input: TransitionOrdersInput!) { ${fields.join(' ')} }`;
    return api.graphql(owner, query, { input: { orderIds, toStatus: 'ACCEPTED' } });
  };
  expect((await times(3)).errors).toBeUndefined();
  expect(refusal(await times(25))).toMatchObject({ code: 'TOO_COMPLEX', limit: 'cost' });
});

test('the codes of its answers are the codes of errors', async () => {
  const file = join(import.meta.dirname, '../../generated/schema.graphql');
  const codes = buildSchema(await readFile(file, 'utf8')).getType('RefusalCode');
  if (!isEnumType(codes)) throw new Error('There is no RefusalCode');
  const names = codes.getValues().map(({ name }) => name);
  expect(names.toSorted()).toEqual(Object.values(codesBySqlState).toSorted());
});
