import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { placeOrder } from '../../sql-tests/support/orders.ts';
import { codeOf, startTestApi, type TestApi } from '../testing/test-api.ts';
import { errorsOverSocket } from '../testing/test-socket.ts';
import { documentLimits, maxBodyBytes, maxDocumentBytes, maxVariablesBytes } from './limits.ts';

let api: TestApi;
let owner: string;

beforeAll(async () => {
  api = await startTestApi({ GRAPHQL_STATEMENT_TIMEOUT_MS: '1000' });
  owner = await api.tokenOf(api.ours);
});
afterAll(() => api.close());

const times = (n: number, text: (n: number) => string) =>
  Array.from({ length: n }, (_, i) => text(i));

/** Selections of an order, nested so deep that the order comes up again in each step. */
function nested(steps: number, page: string, innermost: string): string {
  if (steps === 0) return innermost;
  return `events${page} { nodes { seq order { ${nested(steps - 1, page, innermost)} } } }`;
}

/** The same selections of an order, asked for over HTTP and over a socket. */
const overHttp = (selection: string, rest = '', head = '') =>
  `query Q${head} { orders(first: 1) { nodes { ${selection} } } } ${rest}`;
const overSocket = (selection: string, rest = '', head = '') =>
  `subscription S${head} { orderStatusUpdated(storeId: ${api.ours.shipping}) { order { ${selection} } } } ${rest}`;

/** 2^18 fields in a kilobyte. */
const doubling = `${times(18, (n) => `fragment F${n} on Order { ...F${n + 1} ...F${n + 1} }`).join(' ')}
  fragment F18 on Order { id }`;

interface Attack {
  selection: string;
  rest?: string;
  head?: string;
  variables?: Record<string, unknown>;
  code?: string;
  facts: Record<string, unknown>;
}

const attacks: [name: string, attack: Attack][] = [
  [
    'too deep',
    {
      selection: nested(6, '(first: 1)', 'id'),
      facts: { limit: 'depth', allowed: documentLimits.depth, actual: expect.any(Number) },
    },
  ],
  [
    'a kilobyte of fragments that double 18 times',
    {
      selection: '...F0',
      rest: doubling,
      // Two levels above, and what the kilobyte would have become.
      facts: { limit: 'fields', allowed: documentLimits.fields, actual: expect.any(Number) },
    },
  ],
  [
    'many aliases',
    {
      selection: times(61, (n) => `a${n}: id`).join(' '),
      facts: { limit: 'aliases', allowed: documentLimits.aliases, actual: 61 },
    },
  ],
  [
    'many directives',
    {
      selection: times(51, () => 'id @include(if: true)').join(' '),
      facts: { limit: 'directives', allowed: documentLimits.directives, actual: 51 },
    },
  ],
  [
    'many tokens',
    {
      selection: times(4000, () => 'id').join(' '),
      facts: { limit: 'tokens', allowed: documentLimits.tokens },
    },
  ],
  [
    'a long document',
    {
      selection: `id #${'x'.repeat(maxDocumentBytes)}\n`,
      code: 'TOO_LARGE',
      facts: { limit: 'documentBytes', allowed: maxDocumentBytes, actual: expect.any(Number) },
    },
  ],
  [
    'large variables',
    {
      selection: 'id @skip(if: $skip)',
      head: '($skip: Boolean!)',
      variables: { skip: false, unused: 'x'.repeat(maxVariablesBytes) },
      code: 'TOO_LARGE',
      facts: { limit: 'variablesBytes', allowed: maxVariablesBytes, actual: expect.any(Number) },
    },
  ],
  [
    'pages of 100 within pages of 100',
    {
      selection: nested(3, '(first: 100)', 'id'),
      facts: { limit: 'cost', allowed: 25_000, actual: expect.any(Number) },
    },
  ],
  [
    'pages whose size is a variable',
    {
      selection: nested(3, '(first: $n)', 'id'),
      head: '($n: Int!)',
      variables: { n: 100 },
      facts: { limit: 'cost', allowed: 25_000, actual: expect.any(Number) },
    },
  ],
  [
    'pages whose size is the default of a variable, or the default of 50',
    {
      selection: `${nested(3, '(first: $n)', 'id')} ${nested(3, '', 'id')}`.replace(
        ' events ',
        ' b: events ',
      ),
      head: '($n: Int = 99)',
      facts: { limit: 'cost', allowed: 25_000, actual: expect.any(Number) },
    },
  ],
];

describe.each(attacks)('%s', (_name, attack) => {
  const { selection, rest, head, variables } = attack;
  const refusal = () => ({ ...attack.facts, code: attack.code ?? 'TOO_COMPLEX' });

  test('are refused over HTTP, at once', async () => {
    const startedAt = Date.now();
    const answer = await api.graphql(owner, overHttp(selection, rest, head), variables);
    expect(answer.errors?.[0]?.extensions).toEqual(refusal());
    expect(answer.data).toBeUndefined();
    expect(Date.now() - startedAt).toBeLessThan(1000);
  });

  test('are refused over a socket', async () => {
    const query = overSocket(selection, rest, head);
    const errors = await errorsOverSocket(api, owner, {
      query,
      ...(variables ? { variables } : {}),
    });
    expect(errors[0]?.extensions).toEqual(refusal());
  });
});

test('many root fields are refused', async () => {
  const names = 'stores locations members orders shipments auditEntries deadLetters'.split(' ');
  const fields = times(31, (n) => `a${n}: ${names[n % 7]} { totalCount }`);
  const { errors } = await api.graphql(owner, `{ ${fields.join(' ')} }`);
  expect(errors?.[0]?.extensions).toEqual({
    code: 'TOO_COMPLEX',
    limit: 'rootFields',
    allowed: documentLimits.rootFields,
    actual: 31,
  });
});

test('a body that is too large is 413, whether it says so or comes in chunks', async () => {
  const body = JSON.stringify({ query: '{ __typename }', unused: 'x'.repeat(maxBodyBytes) });
  const chunks = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(body));
      controller.close();
    },
  });
  const headers = { authorization: `Bearer ${owner}`, 'content-type': 'application/json' };
  const send = (init: object) =>
    fetch(`${api.server.url}/graphql`, { method: 'POST', headers, ...init });
  for (const response of [await send({ body }), await send({ body: chunks, duplex: 'half' })]) {
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({
      errors: [{ extensions: { code: 'TOO_LARGE', limit: 'bodyBytes', allowed: maxBodyBytes } }],
    });
  }
});

test('a batch of requests is refused', async () => {
  const response = await fetch(`${api.server.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${owner}`, 'content-type': 'application/json' },
    body: JSON.stringify(times(2, () => '').map(() => ({ query: '{ __typename }' }))),
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    errors: [{ extensions: { code: 'INVALID_INPUT' } }],
  });
});

describe('what the cost limit keeps away', () => {
  test('is thousands of rows of one request, which a larger limit lets through', async () => {
    const lax = await startTestApi({ GRAPHQL_COST_LIMIT: '10000000' });
    try {
      for (let n = 0; n < 30; n += 1) await placeOrder(lax.database.pool, lax.ours, 'pickup');
      const token = await lax.tokenOf(lax.ours);
      const store = 'store { orders(first: 100) { nodes { id } } }';
      const query = `{ orders(first: 100) { nodes { id store { orders(first: 100) { nodes { id ${store} } } } } } }`;
      const answer = await lax.graphql(token, query);
      expect(answer.errors).toBeUndefined();
      expect(JSON.stringify(answer.data).match(/"id"/g)?.length).toBe(30 + 30 ** 2 + 30 ** 3);
      expect(codeOf(await api.graphql(owner, query))).toBe('TOO_COMPLEX');
    } finally {
      await lax.close();
    }
  });
});

describe('a statement that takes too long', () => {
  const query = '{ messageTemplates { nodes { name } } }';

  test('ends with TIMEOUT, and not as something unexpected', async () => {
    await api.database.pool.query(
      `create policy slow on app_public.message_templates as restrictive for select
       to waybill_member using (pg_sleep(5) is not null)`,
    );
    const answer = await api.graphql(owner, query);
    await api.database.pool.query('drop policy slow on app_public.message_templates');
    expect(answer.errors?.[0]?.extensions).toEqual({ code: 'TIMEOUT', limit: 'statement' });
    expect((await api.graphql(owner, query)).errors).toBeUndefined();
  });
});

describe('with patience for statements, and none for requests', () => {
  let hurried: TestApi;
  beforeAll(async () => {
    hurried = await startTestApi({ GRAPHQL_REQUEST_TIMEOUT_MS: '200' });
  });
  afterAll(() => hurried.close());

  test('a request is answered in time, whatever still runs', async () => {
    const holder = await hurried.database.connect();
    await holder.query('begin; lock table app_public.message_templates');
    const token = await hurried.tokenOf(hurried.ours);
    const answer = await hurried.graphql(token, '{ messageTemplates { nodes { name } } }');
    await holder.query('rollback');
    expect(answer.errors?.[0]?.extensions).toEqual({ code: 'TIMEOUT', limit: 'request' });
  });
});

test('waiting for somebody else ends with TIMEOUT, before the statement does', async () => {
  const orderId = await placeOrder(api.database.pool, api.ours, 'shipping');
  const holder = await api.database.connect();
  await holder.query('begin');
  await holder.query('select from app_public.orders_current where id = $1 for update', [orderId]);
  const answer = await api.graphql(
    owner,
    `mutation { transitionOrder(input: {orderId: "${orderId}", toStatus: ACCEPTED}) { order { id } } }`,
  );
  await holder.query('rollback');
  expect(answer.errors?.[0]?.extensions).toEqual({ code: 'TIMEOUT', limit: 'lock' });
});

describe('page sizes', () => {
  // @dataplan/pg tells the console of cursors that are none.
  beforeAll(() => {
    jest.spyOn(console, 'error').mockImplementation(() => undefined);
  });
  afterAll(() => {
    jest.restoreAllMocks();
  });

  test.each([
    ['first: 2147483647', 'INVALID_INPUT'],
    ['first: 101', 'INVALID_INPUT'],
    ['first: -1', 'INVALID_INPUT'],
    ['first: 3000000000', 'INVALID_INPUT'],
    ['last: 5', 'INVALID_INPUT'],
    ['offset: 5', 'INVALID_INPUT'],
    ['after: "garbage"', 'INVALID_INPUT'],
    ['after: "WyJuYXR1cmFsIiwxXQ=="', 'INVALID_INPUT'],
  ])('%s is %s', async (argument, code) => {
    expect(codeOf(await api.graphql(owner, `{ orders(${argument}) { nodes { id } } }`))).toBe(code);
    const inner = `{ stores { nodes { orders(${argument}) { nodes { id } } } } }`;
    expect(codeOf(await api.graphql(owner, inner))).toBe(code);
  });

  test('a size in a variable is checked like any other', async () => {
    const query = 'query ($n: Int) { orders(first: $n) { nodes { id } } }';
    for (const n of [-1, 101, 2147483647]) {
      expect(codeOf(await api.graphql(owner, query, { n }))).toBe('INVALID_INPUT');
    }
    expect((await api.graphql(owner, query, { n: 0 })).errors).toBeUndefined();
  });
});

test('different documents are not kept, but for the last 50', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const heap = () => {
    collect();
    return process.memoryUsage().heapUsed / 2 ** 20;
  };
  const ask = (n: number) =>
    api.graphql(owner, `{ orders(first: 1) { nodes { a${n}: id events { nodes { seq } } } } }`);
  for (let n = 0; n < 60; n += 1) await ask(n);
  const before = heap();
  for (let n = 60; n < 180; n += 1) await ask(n);
  expect(heap() - before).toBeLessThan(8); // 500 of each, as they come, add 25 MB here
});
