import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { drive } from '../../sql-tests/support/drive.ts';
import { placeOrder, writeMove } from '../../sql-tests/support/orders.ts';
import { codeOf, startTestApi, type GraphQLAnswer, type TestApi } from '../testing/test-api.ts';

interface Page {
  pageInfo: { hasNextPage: boolean; endCursor: string };
  nodes: { id: string }[];
}

let api: TestApi;
let owner: string;

beforeAll(async () => {
  api = await startTestApi();
  owner = await api.tokenOf(api.ours);
});
afterAll(() => api.close());

const transition = `mutation ($input: TransitionOrderInput!) {
  transitionOrder(input: $input) { order { id status seq } }
}`;

describe('who asks', () => {
  test('nothing runs for a request without a token, with a forged or with a foreign one', async () => {
    for (const token of [undefined, 'abc', `${owner.slice(0, -4)}AAAA`]) {
      const answer = await api.graphql(token, '{ __typename }');
      expect(answer.status).toBe(401);
      expect(codeOf(answer)).toBe('UNAUTHENTICATED');
      expect(answer.data).toBeUndefined();
    }
  });

  test('a merchant sees its orders, another merchant does not', async () => {
    const id = await placeOrder(api.database.pool, api.ours, 'shipping');
    const query =
      'query ($id: UUID!) { order(id: $id) { id } orders { nodes { id } } stores { nodes { id } } }';
    const mine = await api.graphql(owner, query, { id });
    expect(mine.errors).toBeUndefined();
    const three = { nodes: [{}, {}, {}] };
    expect(mine.data).toMatchObject({ order: { id }, stores: three });
    const other = await api.graphql(await api.tokenOf(api.theirs), query, { id });
    expect(other.data).toMatchObject({ order: null, orders: { nodes: [] }, stores: three });
  });
});

describe('an order', () => {
  test('comes with everything around it in one query', async () => {
    const id = await placeOrder(api.database.pool, api.ours, 'automated');
    const answer = await api.graphql(
      owner,
      `{ order(id: "${id}") {
      number status workflow total { amount currency }
      store { id name merchant { currency timeZone } location { city } }
      shipTo { name pincode version } contacts { nodes { version } }
      items { totalCount nodes { line title quantity unitPrice { amount currency } } }
      events { nodes { seq type fromStatus toStatus actorRole } }
      shipments { nodes { id } } effects { nodes { kind status } } messages { nodes { id } } deadLetters { nodes { id } }
    } }`,
    );
    expect(answer.errors).toBeUndefined();
    expect(answer.data).toMatchObject({
      order: {
        status: 'RECEIVED',
        workflow: 'AUTOMATED',
        total: { amount: 305000, currency: 'INR' },
        store: { merchant: { currency: 'INR' } },
        shipTo: { name: 'Asha Menon 🌸', pincode: '682001', version: 1 },
        items: {
          totalCount: 2,
          nodes: [{ line: 1, unitPrice: { amount: 100000, currency: 'INR' } }, { line: 2 }],
        },
        events: {
          nodes: [{ seq: 1, type: 'ORDER_PLACED', fromStatus: null, toStatus: 'RECEIVED' }],
        },
        effects: { nodes: [{ kind: 'VALIDATE_ORDER', status: 'PLANNED' }] },
      },
    });
  });

  test('moves by a mutation that returns it', async () => {
    const orderId = await placeOrder(api.database.pool, api.ours, 'shipping');
    const input = { orderId, toStatus: 'ACCEPTED', expectedStatus: 'PENDING' };
    const answer = await api.graphql(owner, transition, { input });
    expect(answer.errors).toBeUndefined();
    const order = { id: orderId, status: 'ACCEPTED', seq: 2 };
    expect(answer.data).toEqual({ transitionOrder: { order } });
  });
});

describe('a shipment', () => {
  test('has a link to its label once there is one', async () => {
    interface Answer {
      order: { shipments: { nodes: { labelUrl: string | null }[] } };
    }
    const { pool } = api.database;
    const orderId = await placeOrder(pool, api.ours, 'automated');
    const query = `{ order(id: "${orderId}") {
      shipments { nodes { box carrier status labelUrl order { id } } } } }`;
    await drive(pool, api.ours, orderId, 'assigned');
    const before = await api.graphql<Answer>(owner, query);
    expect(before.data.order.shipments.nodes).toMatchObject([
      { status: 'PLANNED', labelUrl: null },
    ]);
    await drive(pool, api.ours, orderId, 'labelled', 'assigned');
    const { data, errors } = await api.graphql<Answer>(owner, query);
    expect(errors).toBeUndefined();
    const [shipment] = data.order.shipments.nodes;
    expect(shipment).toMatchObject({
      carrier: 'DELHIVERY',
      status: 'LABELLED',
      order: { id: orderId },
    });
    const path = new URL(shipment?.labelUrl ?? '');
    const pdf = await fetch(new URL(path.pathname + path.search, api.server.url));
    expect(pdf.headers.get('content-type')).toBe('application/pdf');
  });
});

describe('refusals', () => {
  async function orderAt(status: string): Promise<string> {
    const placed = await placeOrder(api.database.pool, api.ours, 'shipping');
    await writeMove(api.database.pool, placed, { to: status });
    return placed;
  }
  const orderId = expect.any(String);
  const cases: [string, () => Promise<[string, object]>, Record<string, unknown>][] = [
    [
      'INVALID_TRANSITION',
      async () => [transition, { toStatus: 'DELIVERED' }],
      { orderId, status: 'PENDING', toStatus: 'DELIVERED', seq: 1 },
    ],
    [
      'CONFLICT',
      async () => [transition, { toStatus: 'ACCEPTED', expectedStatus: 'PACKING' }],
      { orderId, status: 'PENDING', toStatus: 'ACCEPTED', seq: 1 },
    ],
    [
      'FORBIDDEN',
      async () => [
        'mutation ($input: OverrideOrderStatusInput!) { overrideOrderStatus(input: $input) { order { id } } }',
        { toStatus: 'PACKING', reason: 'because' },
      ],
      { orderId, roles: ['OWNER'] },
    ],
    [
      'INVALID_INPUT',
      async () => [
        'mutation ($input: CancelOrderInput!) { cancelOrder(input: $input) { order { id } } }',
        { reason: ' ' },
      ],
      { orderId, field: 'reason' },
    ],
    [
      'INVALID_INPUT',
      async () => [
        'mutation ($input: ShipOrderInput!) { shipOrder(input: $input) { order { id } } }',
        {
          orderId: await orderAt('accepted'),
          trackingCode: '?',
        },
      ],
      { orderId, field: 'trackingCode' },
    ],
    [
      'NOT_FOUND',
      async () => [
        transition,
        {
          orderId: await placeOrder(api.database.pool, api.theirs, 'shipping'),
          toStatus: 'ACCEPTED',
        },
      ],
      { field: 'orderId' },
    ],
  ];
  test.each(cases)('%s reaches the client with its facts', async (code, make, facts) => {
    const placed = await placeOrder(api.database.pool, api.ours, 'shipping');
    const [query, input] = await make();
    const answer = await api.graphql(await api.tokenOf(api.ours, 'staff'), query, {
      input: { orderId: placed, ...input },
    });
    expect(answer.errors?.[0]?.extensions).toEqual({ code, ...facts });
  });

  test('IDEMPOTENCY_MISMATCH for another request under the same key, the stored result for the same', async () => {
    const orderId = await placeOrder(api.database.pool, api.ours, 'shipping');
    const input = { orderId, toStatus: 'ACCEPTED', idempotencyKey: 'key-1' };
    const first = await api.graphql(owner, transition, { input });
    expect(await api.graphql(owner, transition, { input })).toEqual(first);
    const other = await api.graphql(owner, transition, {
      input: { ...input, toStatus: 'CANCELLED' },
    });
    expect(codeOf(other)).toBe('IDEMPOTENCY_MISMATCH');
  });

  test('a text that is no uuid is INVALID_INPUT, not an internal error', async () => {
    const answer = await api.graphql(owner, '{ order(id: "not-a-uuid") { id } }');
    expect(codeOf(answer)).toBe('INVALID_INPUT');
  });

  test('a NUL byte and a number that is too large are INVALID_INPUT', async () => {
    const input = { orderId: '00000000-0000-7000-8000-000000000000', reason: 'a\0b' };
    const cancel =
      'mutation ($input: CancelOrderInput!) { cancelOrder(input: $input) { order { id } } }';
    expect(codeOf(await api.graphql(owner, cancel, { input }))).toBe('INVALID_INPUT');
    const number = '{ orders(filter: { storeId: 99999999999999999999 }) { nodes { id } } }';
    expect(codeOf(await api.graphql(owner, number))).toBe('INVALID_INPUT');
  });

  test('whatever is unexpected is masked', async () => {
    await api.database.pool.query('alter table app_public.message_templates rename to gone');
    const answer = await api.graphql(owner, '{ messageTemplates { nodes { name } } }');
    await api.database.pool.query('alter table app_public.gone rename to message_templates');
    expect(codeOf(answer)).toBe('INTERNAL');
    expect(answer.errors?.[0]?.message).not.toContain('relation');
    expect(answer.errors?.[0]?.extensions.errorId).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('lists', () => {
  test('have a cap, nested ones too', async () => {
    expect(codeOf(await api.graphql(owner, '{ orders(first: 101) { nodes { id } } }'))).toBe(
      'INVALID_INPUT',
    );
    const nested = '{ stores { nodes { orders(first: 2147483647) { nodes { id } } } } }';
    expect(codeOf(await api.graphql(owner, nested))).toBe('INVALID_INPUT');
    expect(
      (await api.graphql(owner, '{ orders(first: 100) { nodes { id } } }')).errors,
    ).toBeUndefined();
  });

  test('give 50 rows unless told otherwise', async () => {
    for (let n = 0; n < 51; n += 1) await placeOrder(api.database.pool, api.theirs, 'pickup');
    const token = await api.tokenOf(api.theirs);
    for (const first of ['', '(first: null)']) {
      const { data } = await api.graphql<{ orders: Page }>(
        token,
        `{ orders${first} { pageInfo { hasNextPage } nodes { id } } }`,
      );
      expect(data.orders.nodes).toHaveLength(50);
      expect(data.orders).toMatchObject({ pageInfo: { hasNextPage: true } });
    }
  });

  test('lose no row when they are paged over equal values', async () => {
    const token = await api.tokenOf(api.theirs);
    // No transition gives fifty orders one moment; a bulk import of the past might.
    await api.database.withRollback(async (db) => {
      await db.query('set local session_replication_role = replica');
      await db.query(
        `update app_public.orders_current set attention = 'PARCEL_LOST', attention_since = now()
         where merchant_id = $1`,
        [api.theirs.id],
      );
      await db.query('commit');
    });
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const answer: GraphQLAnswer<{ orders: Page }> = await api.graphql(
        token,
        `query ($after: Cursor) { orders(first: 7, after: $after, orderBy: LONGEST_ATTENTION_FIRST) {
          pageInfo { hasNextPage endCursor } nodes { id } } }`,
        { after },
      );
      const page = answer.data.orders;
      seen.push(...page.nodes.map(({ id }) => id));
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after !== null);
    expect(seen).toHaveLength(52);
    expect(new Set(seen).size).toBe(52);
  });
});

describe('documents', () => {
  test('whose fragments double are refused before they are planned', async () => {
    const doubling = Array.from(
      { length: 18 },
      (_, n) => `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`,
    );
    const query = `{ ...F0 } ${doubling.join(' ')} fragment F18 on Query { __typename }`;
    const startedAt = Date.now();
    expect(codeOf(await api.graphql(owner, query))).toBe('TOO_COMPLEX');
    expect(Date.now() - startedAt).toBeLessThan(500);
  });

  test('that are too deep, have too many aliases or circles are refused', async () => {
    const deep = `{ ${'orders { nodes { store { '.repeat(6)} id ${'} } }'.repeat(6)} }`;
    const wide = `{ ${Array.from({ length: 61 }, (_, n) => `a${n}: __typename`).join(' ')} }`;
    expect(codeOf(await api.graphql(owner, deep))).toBe('TOO_COMPLEX');
    expect(codeOf(await api.graphql(owner, wide))).toBe('TOO_COMPLEX');
    const circle = '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }';
    expect(codeOf(await api.graphql(owner, circle))).toBe('INVALID_INPUT');
  });

  test('of tools that ask for the whole schema pass', async () => {
    const { getIntrospectionQuery } = await import('postgraphile/graphql');
    const answer = await api.graphql(owner, getIntrospectionQuery());
    expect(answer.errors).toBeUndefined();
  });
});
