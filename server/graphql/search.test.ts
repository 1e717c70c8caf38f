import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { drive } from '../../sql-tests/support/drive.ts';
import { placeOrder, readOrder, shipTo } from '../../sql-tests/support/orders.ts';
import { one } from '../../sql-tests/support/query.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
let zubeida: string;
let gopal: string;
/** Of the other merchant, and alike in everything. */
let theirZubeida: string;

beforeAll(async () => {
  api = await startTestApi();
  const { pool } = api.database;
  const order = {
    external_number: '#WEB-7731',
    customer: { name: 'Zubeida Quttainah', phone: '+91 98470-12345', email: 'zubeida@example.in' },
    ship_to: shipTo({ name: 'Zubeida Quttainah', phone: '(0)98470 12345' }),
  };
  zubeida = await placeOrder(pool, api.ours, 'automated', order);
  theirZubeida = await placeOrder(pool, api.theirs, 'automated', order);
  gopal = await placeOrder(pool, api.ours, 'shipping', {
    customer: { name: 'Gopal Krishnan', phone: '9446000002' },
    ship_to: shipTo({ name: 'Gopal Krishnan', phone: '9446000002' }),
  });
  await drive(pool, api.ours, zubeida, 'labelled');
  await drive(pool, api.theirs, theirZubeida, 'labelled');
});
afterAll(() => api.close());

interface Answer {
  orders: { nodes: { id: string }[] };
}

async function search(text: string, merchant = api.ours): Promise<string[]> {
  const { data, errors } = await api.graphql<Answer>(
    await api.tokenOf(merchant, 'staff'),
    'query ($text: String!) { orders(filter: { search: $text }) { nodes { id } } }',
    { text },
  );
  expect(errors).toBeUndefined();
  return data.orders.nodes.map(({ id }) => id);
}

const awbOf = async (orderId: string) =>
  (
    await one<{ awb: string }>(
      api.database.pool,
      'select awb from app_public.shipments_current where order_id = $1',
      [orderId],
    )
  ).awb;

describe('one order is found by', () => {
  test.each([
    ['the beginning of a name', 'zub'],
    ['both names in any order', 'QUTTAINAH zubeida'],
    ['its phone as it was typed', '+91 98470-12345'],
    ['its phone in E.164', '+919847012345'],
    ['its phone with the trunk zero', '098470 12345'],
    ['its phone without anything', '9847012345'],
    ['its phone with brackets and dots', '(98470) 12.345'],
    ['the last four digits', '2345'],
    ['its e-mail address', 'Zubeida@Example.IN'],
    ['the number of the shop', '#web-7731'],
  ])('%s', async (_by, text) => {
    expect(await search(text)).toEqual([zubeida]);
  });

  test('its number, with or without a sign', async () => {
    const { number } = await readOrder(api.database.pool, gopal);
    expect(await search(String(number))).toEqual([gopal]);
    expect(await search(`#${String(number)}`)).toEqual([gopal]);
  });

  test('the AWB of its box, in small letters too', async () => {
    const awb = await awbOf(zubeida);
    expect(await search(awb)).toEqual([zubeida]);
    expect(await search(awb.toLowerCase())).toEqual([zubeida]);
  });
});

test('nobody finds an order of another merchant, by whatever is in it', async () => {
  const { public_id: publicId } = await readOrder(api.database.pool, theirZubeida);
  expect(await search(String(publicId), api.theirs)).toEqual([theirZubeida]);
  expect(await search(String(publicId))).toEqual([]);
  const awb = await awbOf(theirZubeida);
  expect(await search(awb, api.theirs)).toEqual([theirZubeida]);
  expect(await search(awb)).not.toContain(theirZubeida);
  expect(await search('zubeida', api.theirs)).toEqual([theirZubeida]);
  expect(await search('zubeida')).toEqual([zubeida]);
});

test.each([
  "'",
  "' or true --",
  "zubeida' | 'gopal",
  'zubeida | gopal',
  'zubeida & !gopal',
  'zub:*',
  'zubeida !gopal',
  '(zubeida -gopal',
  '<->',
  '%',
  'z%',
  '_ubeida',
  '\\',
  '$1',
  '{"a": 1}',
  '.*',
  '\u202ezubeida',
])('%j is a text to look for, and no language', async (text) => {
  const found = await search(text);
  expect(found).not.toContain(gopal);
  expect(found).not.toContain(theirZubeida);
  // What is left of it once its signs are gone may be her name; a pattern never is.
  if (!/zub/.test(text)) expect(found).toEqual([]);
});

test('what cannot be searched for is refused by its field', async () => {
  const token = await api.tokenOf(api.ours);
  for (const text of ['', '   ', 'x'.repeat(201)]) {
    const answer = await api.graphql(
      token,
      'query ($text: String!) { orders(filter: { search: $text }) { nodes { id } } }',
      { text },
    );
    expect(answer.errors?.[0]?.extensions).toEqual({ code: 'INVALID_INPUT', field: 'search' });
  }
});
