import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type pg from 'pg';
import {
  buildClientSchema,
  getIntrospectionQuery,
  type GraphQLSchema,
  type IntrospectionQuery,
} from 'postgraphile/graphql';

import { fillHouse } from '../../sql-tests/tenants/full-house.ts';
import { committed } from '../../sql-tests/support/parallel.ts';
import { cloneRows } from '../testing/clone-rows.ts';
import {
  along,
  connectionsOf,
  plainFields,
  type ConnectionField,
  type Step,
} from '../testing/connections.ts';
import { codeOf, startTestApi, type GraphQLAnswer, type TestApi } from '../testing/test-api.ts';

/** The Relay cursor connection specification, tried on whatever connections the schema has. */
interface Connection {
  totalCount: number;
  edges: { cursor: string; node: Record<string, unknown> }[];
  nodes: Record<string, unknown>[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
}

type Answer = Record<string, unknown>;

/** A connection of one object, with the cursors that lead to it. */
interface Place {
  connection: ConnectionField;
  after: (string | undefined)[];
}

jest.setTimeout(120_000); // each connection and order is an operation of its own, to be planned

let api: TestApi;
let token: string;
let admin: pg.Client;
let schema: GraphQLSchema;
let connections: ConnectionField[];
/** Those that have rows to be paged over. */
const places: Place[] = [];

beforeAll(async () => {
  // The whole list is read at once here, for comparison.
  api = await startTestApi({ GRAPHQL_COST_LIMIT: '10000000' });
  token = await api.tokenOf(api.ours);
  admin = await api.database.connect();
  await committed(admin, () => fillHouse(admin, api.ours));
  await cloneRows(admin, api.ours.id, 3);
  const answer = await api.graphql<IntrospectionQuery>(token, getIntrospectionQuery());
  schema = buildClientSchema(answer.data);
  connections = connectionsOf(schema);
  for (const connection of connections) {
    const place = await longest(connection);
    if (place) places.push(place);
  }
});
afterAll(() => api.close());

async function ask(
  selection: string,
  variables: object,
  head: string,
): Promise<GraphQLAnswer<Answer>> {
  return api.graphql<Answer>(token, `query Q${head} { ${selection} }`, variables);
}

/** Follows a path through an answer; where it comes to a connection, to its first row. */
function inside(answer: Answer | null, path: Step[]): Answer | null | undefined {
  return path.reduce<Answer | null | undefined>((at, { field, isConnection }) => {
    const value = at?.[field] as (Answer & Connection) | null | undefined;
    return isConnection ? value?.edges[0]?.node : value;
  }, answer);
}

/** The object whose connection is longest, or undefined when none has two rows. */
async function longest(connection: ConnectionField): Promise<Place | undefined> {
  const { path, field } = connection;
  const inner = `${field.name}(first: 20) { edges { cursor } }`;
  const none = path.map(() => undefined);
  const answer = await ask(along(path, inner, 100, none), {}, '');
  expect(answer.errors).toBeUndefined();
  let best: { rows: number; after: (string | undefined)[] } = { rows: 1, after: [] };
  const visit = (at: Answer, rest: Step[], after: (string | undefined)[]): void => {
    const [step, ...more] = rest;
    if (!step) {
      const rows = (at[field.name] as Connection).edges.length;
      if (rows > best.rows) best = { rows, after };
    } else if (!step.isConnection) {
      if (at[step.field]) visit(at[step.field] as Answer, more, after);
    } else {
      const { edges } = at[step.field] as Connection;
      edges.forEach(({ node }, n) => visit(node, more, [...after, edges[n - 1]?.cursor]));
    }
  };
  visit(answer.data, path, []);
  return best.rows > 1 ? { connection, after: best.after } : undefined;
}

async function page(
  { connection, after }: Place,
  order: string,
  position: { first: number; after?: string | null },
): Promise<GraphQLAnswer<Answer> & { connection: Connection }> {
  const { path, field, node, type } = connection;
  const plain = plainFields(node);
  const total = type.getFields().totalCount ? 'totalCount' : '';
  const inner = `${field.name}(first: $first, after: $after ${order}) { ${total}
    edges { cursor node { ${plain} } } nodes { ${plain} }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`;
  const head = '($first: Int, $after: Cursor)';
  const answer = await ask(along(path, inner, 1, after), position, head);
  // Absent when it was refused: those tests look at the errors.
  return { ...answer, connection: inside(answer.data, path)?.[field.name] as Connection };
}

/** Every row, by pages of a size. */
async function pages(place: Place, order: string, first: number, from: string | null = null) {
  const all: Connection[] = [];
  for (let after = from, more = true; more;) {
    const { connection, errors } = await page(place, order, { first, after });
    expect(errors).toBeUndefined();
    all.push(connection);
    more = connection.pageInfo.hasNextPage;
    after = connection.pageInfo.endCursor;
  }
  return all;
}

test('every connection has the shape of the specification', () => {
  expect(connections.length).toBeGreaterThan(20);
  for (const { name, field, type } of connections) {
    const fields = type.getFields();
    const edge = schema.getType(type.name.replace(/Connection$/, 'Edge'));
    const edgeFields = edge && 'getFields' in edge ? edge.getFields() : {};
    expect({
      name,
      edges: String(fields.edges?.type),
      pageInfo: String(fields.pageInfo?.type),
      cursor: String(edgeFields.cursor?.type),
      node: Boolean(edgeFields.node),
      after: String(field.args.find((argument) => argument.name === 'after')?.type),
      first: String(field.args.find((argument) => argument.name === 'first')?.type),
    }).toEqual({
      name,
      edges: `[${edge?.name}!]!`,
      pageInfo: 'PageInfo!',
      cursor: 'Cursor!',
      node: true,
      after: 'Cursor',
      first: 'Int',
    });
    // Paging backwards is not offered: an argument that is there must work.
    expect(field.args.filter((argument) => /^(last|before|offset)$/.test(argument.name))).toEqual(
      [],
    );
  }
  const info = schema.getType('PageInfo');
  const shape = info && 'getFields' in info ? Object.values(info.getFields()) : [];
  expect(shape.map(({ name, type }) => `${name}: ${String(type)}`).sort()).toEqual([
    'endCursor: Cursor',
    'hasNextPage: Boolean!',
    'hasPreviousPage: Boolean!',
    'startCursor: Cursor',
  ]);
});

test('paging over ties, in every order, loses no row and repeats none', async () => {
  const unordered: string[] = [];
  expect(places.length).toBeGreaterThan(connections.length * 0.8);
  for (const place of places) {
    const { name } = place.connection;
    for (const order of place.connection.orders) {
      const { connection: whole, errors } = await page(place, order, { first: 100 });
      expect({ name, order, errors }).toEqual({ name, order, errors: undefined });
      if (whole.edges.length < 2) continue;
      const parts = await pages(place, order, 3);
      const cursors = parts.flatMap(({ edges }) => edges.map(({ cursor }) => cursor));
      expect({ name, order, cursors }).toEqual({
        name,
        order,
        cursors: whole.edges.map(({ cursor }) => cursor),
      });
      expect(parts.flatMap(({ nodes }) => nodes)).toEqual(whole.nodes);
      if (new Set(cursors).size !== cursors.length) unordered.push(`${name} ${order}`);
      parts.forEach((part, n) => {
        expect(part.nodes).toEqual(part.edges.map(({ node }) => node));
        expect(part.pageInfo).toEqual({
          hasNextPage: n < parts.length - 1,
          hasPreviousPage: n > 0 ? expect.any(Boolean) : false,
          startCursor: part.edges.at(0)?.cursor ?? null,
          endCursor: part.edges.at(-1)?.cursor ?? null,
        });
        if (part.totalCount !== undefined) expect(part.totalCount).toBe(whole.edges.length);
      });
    }
  }
  expect(unordered).toEqual([]);
});

test('a page of none is empty, a cursor that is none and a size below none are refused', async () => {
  jest.spyOn(console, 'error').mockImplementation(() => undefined); // @dataplan/pg tells it of cursors
  try {
    for (const place of places) {
      const { name } = place.connection;
      const empty = await page(place, '', { first: 0 });
      expect({ name, edges: empty.connection.edges }).toEqual({ name, edges: [] });
      for (const position of [
        { first: 2, after: 'garbage' },
        { first: 2, after: Buffer.from('["natural",1]').toString('base64') },
        { first: 2, after: '' },
        { first: -1 },
        { first: 101 },
      ]) {
        const refused = await page(place, '', position);
        expect({ name, position, code: codeOf(refused) }).toEqual({
          name,
          position,
          code: 'INVALID_INPUT',
        });
      }
    }
  } finally {
    jest.restoreAllMocks();
  }
});

describe('while rows are added', () => {
  test('cursors keep their place: what was there comes once', async () => {
    const ids = ({ nodes }: Connection) => nodes.map((node) => JSON.stringify(node));
    const begun: { place: Place; order: string; whole: Connection; start: Connection }[] = [];
    for (const place of places) {
      if (place.connection.path.length > 0) continue;
      for (const order of place.connection.orders) {
        const { connection: whole } = await page(place, order, { first: 100 });
        const { connection: start } = await page(place, order, { first: 2 });
        if (start.pageInfo.hasNextPage) begun.push({ place, order, whole, start });
      }
    }
    expect(begun.length).toBeGreaterThan(10);
    await cloneRows(admin, api.ours.id, 1);
    for (const { place, order, whole, start } of begun) {
      const rest = await pages(place, order, 50, start.pageInfo.endCursor);
      const all = [start, ...rest].flatMap(ids);
      const { name } = place.connection;
      expect({ name, order, twice: all.filter((id, at) => all.indexOf(id) !== at) }).toEqual({
        name,
        order,
        twice: [],
      });
      expect({ name, order, lost: ids(whole).filter((id) => !all.includes(id)) }).toEqual({
        name,
        order,
        lost: [],
      });
    }
  });
});

test('a filter holds on every page', async () => {
  const connection = connections.find(({ name }) => name === 'Query.orders')!;
  const parts = await pages(
    { connection, after: [] },
    `filter: { storeId: ${api.ours.pickup} }`,
    2,
  );
  const rows = parts.flatMap(({ nodes }) => nodes);
  expect(rows.length).toBeGreaterThan(3);
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  expect(new Set(rows.map(({ fulfilmentType }) => fulfilmentType))).toEqual(new Set(['PICKUP']));
});
