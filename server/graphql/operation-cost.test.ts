import { describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildSchema, getOperationAST, parse } from 'postgraphile/graphql';

import { loadConfig } from '../../config.ts';
import { checkDocument } from './document-limits.ts';
import { collectOperations } from './export-operations.ts';
import * as limits from './limits.ts';
import { costOf } from './operation-cost.ts';
import { defaultPageSize, maxPageSize } from './plugins/PageSizePlugin.ts';

const schema = buildSchema(/* GraphQL */ `
  type Query {
    rows(first: Int = 50, last: Int): RowConnection
    plain: [Row!]!
    row: Row
    words: [String!]!
  }
  type Mutation {
    change: Row
    changeAll(input: ChangeAllInput!): ChangeAllPayload
  }
  input ChangeAllInput {
    ids: [Int!]!
  }
  type ChangeAllPayload {
    rows: [Row!]!
  }
  type Row {
    id: ID
    name: String
    rows(first: Int = 50, last: Int): RowConnection!
  }
  type RowConnection {
    nodes: [Row!]!
    edges: [RowEdge!]!
    totalCount: Int!
  }
  type RowEdge {
    cursor: String
    node: Row
  }
`);

function cost(query: string, variables: Record<string, unknown> = {}): number {
  const document = parse(query);
  return costOf(schema, document, getOperationAST(document)!, variables);
}

describe('the cost of an operation', () => {
  test.each([
    ['{ row { id name } }', 3],
    ['{ a: row { id } b: row { id } }', 4],
    ['{ words __typename }', 2],
    // The connection, then for each row 1 and its values.
    ['{ rows(first: 10) { nodes { id name } } }', 1 + 10 * 3],
    ['{ rows(first: 10) { edges { cursor node { id } } } }', 1 + 10 * 4],
    ['{ rows { nodes { id } } }', 1 + 50 * 2],
    ['{ rows(first: null) { nodes { id } } }', 1 + 50 * 2],
    ['{ rows(first: null, last: 7) { nodes { id } } }', 1 + 7 * 2],
    ['{ rows(first: 0) { nodes { id } totalCount } }', 1 + 100],
    ['{ rows(first: 2147483647) { nodes { id } } }', 1 + 100 * 2],
    ['{ rows(first: -1) { nodes { id } } }', 1 + 100 * 2],
    ['{ plain { id } }', 50 * 2],
    [
      '{ rows(first: 10) { nodes { rows(first: 10) { nodes { id } } } } }',
      1 + 10 * (1 + 1 + 10 * 2),
    ],
    [
      '{ rows(first: 10) { ...F } } fragment F on RowConnection { nodes { ...G } } fragment G on Row { id }',
      21,
    ],
    ['{ row { ... on Row { id } ... { name } } }', 3],
    ['{ row @include(if: false) { id } }', 2],
    ['mutation { change { id } }', 2 + 10],
    ['mutation { a: change { id } ...F } fragment F on Mutation { b: change { id } }', 24],
    // Ten for each that is changed; each has its answer.
    ['mutation { changeAll(input: { ids: [1, 2, 3] }) { rows { id } } }', 3 * 10 + 1 + 3 * 2],
    ['mutation { changeAll(input: { ids: [] }) { rows { id } } }', 10 + 1 + 2],
  ])('%s is %i', (query, expected) => {
    expect(cost(query)).toBe(expected);
  });

  test('counts the sizes of pages in variables, given or by default', () => {
    const query = 'query ($n: Int = 7) { rows(first: $n) { nodes { id } } }';
    expect(cost(query)).toBe(1 + 7 * 2);
    expect(cost(query, { n: 3 })).toBe(1 + 3 * 2);
    expect(cost(query, { n: null })).toBe(1 + 50 * 2);
    expect(cost('query ($n: Int) { rows(first: $n) { nodes { id } } }')).toBe(1 + 50 * 2);
    expect(cost(query, { n: 'x' })).toBe(1 + 100 * 2);
  });

  test('counts what bulk work is about, given in variables', () => {
    const ids = Array.from({ length: 500 }, (_, n) => n);
    const query = 'mutation ($input: ChangeAllInput!) { changeAll(input: $input) { rows { id } } }';
    expect(cost(query, { input: { ids } })).toBe(500 * 10 + 1 + 500 * 2);
    const part = 'mutation ($ids: [Int!]!) { changeAll(input: { ids: $ids }) { rows { id } } }';
    expect(cost(part, { ids })).toBe(500 * 10 + 1 + 500 * 2);
  });
});

const root = join(import.meta.dirname, '../..');
const { graphql } = loadConfig({
  NODE_ENV: 'test',
  WAYBILL_SECRET: 'x'.repeat(32),
  DATABASE_URL: 'postgres://a/b',
});

test('every operation of the dashboard has room under the limits, with its largest pages', async () => {
  const api = buildSchema(await readFile(join(root, 'generated/schema.graphql'), 'utf8'));
  for (const text of await collectOperations()) {
    const document = checkDocument(text);
    if (document instanceof Error) throw document;
    const operation = getOperationAST(document)!;
    const largest = costOf(api, document, operation, { first: 50 });
    expect({ text, fits: largest < graphql.costLimit * 0.8 }).toEqual({ text, fits: true });
  }
});

test('docs/api.md has these very numbers', async () => {
  const page = await readFile(join(root, 'docs/api.md'), 'utf8');
  const table = Object.fromEntries(
    [...page.matchAll(/^\| `(\w+)` \| ([\d,]+) /gm)].map(
      ([, name = '', n]) => [name, Number(n?.replaceAll(',', ''))] as const,
    ),
  );
  expect(table).toEqual({
    bodyBytes: limits.maxBodyBytes,
    documentBytes: limits.maxDocumentBytes,
    variablesBytes: limits.maxVariablesBytes,
    ...limits.documentLimits,
    cost: graphql.costLimit,
    first: maxPageSize,
    planning: limits.planningTimeoutMs,
    lock: graphql.statementTimeoutMs / 2,
    statement: graphql.statementTimeoutMs,
    request: graphql.requestTimeoutMs,
  });
  for (const n of [
    limits.costs.mutation,
    limits.costs.totalCount,
    limits.costs.plainList,
    defaultPageSize,
  ]) {
    expect(page).toContain(`**${n}**`);
  }
});
