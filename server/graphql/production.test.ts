import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getIntrospectionQuery } from 'postgraphile/graphql';

import { createApi } from '../../dashboard/src/api/api.ts';
import { orderMovedSubscription } from '../../dashboard/src/features/board/board.graphql.ts';
import { storesQuery } from '../../dashboard/src/features/stores/stores.graphql.ts';
import { placeOrder } from '../../sql-tests/support/orders.ts';
import { codeOf, productionEnvironment, startTestApi, type TestApi } from '../testing/test-api.ts';
import { errorsOverSocket, socketUrl } from '../testing/test-socket.ts';
import { collectOperations, printOperations } from './export-operations.ts';
import { dashboardOperations, operationId, readKnownOperations } from './known-operations.ts';

describe('a server in production', () => {
  let api: TestApi;
  let owner: string;
  beforeAll(async () => {
    api = await startTestApi(productionEnvironment);
    owner = await api.tokenOf(api.ours);
  });
  afterAll(() => api.close());

  test('does not tell its schema, but the name of a type', async () => {
    for (const query of [
      getIntrospectionQuery(),
      '{ __schema { types { name } } }',
      '{ __type(name: "Order") { name } }',
    ]) {
      const answer = await api.graphql(owner, query);
      expect(codeOf(answer)).toBe('INVALID_INPUT');
      expect(answer.data).toBeUndefined();
    }
    const subscription = `subscription { orderStatusUpdated(storeId: ${api.ours.shipping}) { order { id } } __schema { types { name } } }`;
    expect(await errorsOverSocket(api, owner, { query: subscription })).not.toEqual([]);
    expect((await api.graphql(owner, '{ __typename }')).data).toEqual({ __typename: 'Query' });
  });

  test('does not tell which name may have been meant', async () => {
    const wrong: [string, object?][] = [
      ['{ orderz { id } }'],
      ['{ orders { nodes { statuz } } }'],
      ['{ orders(firzt: 1) { nodes { id } } }'],
      ['{ orders(orderBy: [ID_ASK]) { nodes { id } } }'],
      ['{ orders(filter: { statuz: { equalTo: PENDING } }) { nodes { id } } }'],
      ['query ($f: OrderFilterr) { orders(filter: $f) { nodes { id } } }'],
      ['query ($o: [OrderOrderBy!]) { orders(orderBy: $o) { nodes { id } } }', { o: ['ID_ASK'] }],
      ['query ($f: OrderFilter) { orders(filter: $f) { nodes { id } } }', { f: { statuz: 1 } }],
    ];
    for (const [query, variables] of wrong) {
      const answer = await api.graphql(owner, query, variables);
      expect({ query, code: codeOf(answer) }).toEqual({ query, code: 'INVALID_INPUT' });
      expect(JSON.stringify(answer.errors)).not.toContain('Did you mean');
    }
  });

  test('has no Ruru, and takes no operation from a link', async () => {
    const get = (path: string) =>
      fetch(`${api.server.url}${path}`, { headers: { accept: 'text/html,application/json' } });
    expect((await get('/graphql')).status).toBe(405);
    expect((await get('/graphql?query={__typename}')).status).toBe(405);
    expect((await get('/graphql/ruru')).status).toBe(405);
    expect((await get('/ruru-static/ruru.js')).status).toBe(404);
  });

  test('says nothing of what went wrong inside', async () => {
    await api.database.pool.query('alter table app_public.message_templates rename to gone');
    const answer = await api.graphql(owner, '{ messageTemplates { nodes { name } } }');
    await api.database.pool.query('alter table app_public.gone rename to message_templates');
    expect(Object.keys(answer.errors?.[0]?.extensions ?? {}).sort()).toEqual(['code', 'errorId']);
    expect(JSON.stringify(answer.errors)).not.toMatch(/relation|select|message_templates/);
  });
});

describe('outside production', () => {
  test('the schema is told, names are suggested and Ruru is there, unless a setting says otherwise', async () => {
    const open = await startTestApi();
    const closed = await startTestApi({ GRAPHQL_INTROSPECTION: 'false' });
    try {
      const token = await open.tokenOf(open.ours);
      const wrong = await open.graphql(token, '{ orderz { id } }');
      expect(wrong.errors?.[0]?.message).toContain('Did you mean');
      const page = await fetch(`${open.server.url}/graphql`, { headers: { accept: 'text/html' } });
      expect(await page.text()).toContain('Ruru');
      const asked = await closed.graphql(
        await closed.tokenOf(closed.ours),
        getIntrospectionQuery(),
      );
      expect(codeOf(asked)).toBe('INVALID_INPUT');
    } finally {
      await Promise.all([open.close(), closed.close()]);
    }
  });
});

describe('known operations', () => {
  const own = 'query Mine { stores(first: 1) { nodes { name } } }\n';
  let directory: string;
  let api: TestApi;
  let owner: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'waybill-operations-'));
    await writeFile(join(directory, 'mine.graphql'), own);
    api = await startTestApi({
      ...productionEnvironment,
      GRAPHQL_KNOWN_OPERATIONS_ONLY: 'true',
      GRAPHQL_OPERATIONS_DIR: directory,
    });
    owner = await api.tokenOf(api.ours);
  });
  afterAll(async () => {
    await api.close();
    await rm(directory, { recursive: true });
  });

  const send = async (body: object) => {
    const response = await fetch(`${api.server.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${owner}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, ...((await response.json()) as object) };
  };
  const unknown = { status: 400, errors: [{ extensions: { code: 'UNKNOWN_OPERATION' } }] };

  test('are those that the dashboard sends: the file is up to date', async () => {
    expect(await readFile(dashboardOperations, 'utf8')).toBe(await printOperations());
  });

  test('no other is run, over HTTP or over a socket, and no known one with something more', async () => {
    expect(await send({ query: '{ __typename }' })).toMatchObject(unknown);
    expect(await send({ query: `${storesQuery.text} ` })).toMatchObject(unknown);
    expect(await send({ documentId: operationId('{ __typename }') })).toMatchObject(unknown);
    const query = `subscription { orderStatusUpdated(storeId: ${api.ours.shipping}) { orderId } }`;
    const [error] = await errorsOverSocket(api, owner, { query });
    expect(error?.extensions).toEqual({ code: 'UNKNOWN_OPERATION' });
  });

  test("of an operator's own folder are run by text and by id, in every form", async () => {
    const id = operationId(own);
    for (const body of [
      { query: own },
      { documentId: `sha256:${id}` },
      { documentId: id },
      { extensions: { persistedQuery: { version: 1, sha256Hash: id } } },
    ]) {
      expect(await send(body)).toMatchObject({ data: { stores: { nodes: [{}] } } });
    }
  });

  test('of the dashboard are all run', async () => {
    for (const query of await collectOperations()) {
      if (query.trimStart().startsWith('subscription')) continue;
      expect(JSON.stringify(await send({ query }))).not.toContain('UNKNOWN_OPERATION');
    }
  });

  test('the dashboard works: its client asks, and its live channel tells', async () => {
    const dashboard = createApi({
      url: `${api.server.url}/graphql`,
      liveUrl: socketUrl(api),
      accessToken: () => Promise.resolve(owner),
      rejectToken: () => undefined,
    });
    const { stores } = await dashboard.request(storesQuery, {});
    expect(stores.nodes).toHaveLength(3);
    const query = orderMovedSubscription.text;
    const variables = { storeId: api.ours.shipping, after: null };
    let told = false;
    const errors = errorsOverSocket(api, owner, { query, variables }).finally(() => {
      told = true;
    });
    while (!told) {
      await placeOrder(api.database.pool, api.ours, 'shipping');
      await api.dispatch();
    }
    expect(await errors).toEqual([]);
  });

  test('a folder without any, or with one that is none, is refused at the start', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'waybill-operations-'));
    await expect(readKnownOperations(empty)).rejects.toThrow('there is no *.graphql file');
    await writeFile(join(empty, 'broken.graphql'), 'query {');
    await expect(readKnownOperations(empty)).rejects.toThrow('broken.graphql');
    await rm(empty, { recursive: true });
  });
});
