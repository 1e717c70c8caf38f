import { describe, expect, test } from '@jest/globals';
import { buildSchema, getOperationAST, parse } from 'postgraphile/graphql';

import { readOperation } from './operation.ts';

const schema = buildSchema(`
  type Query { a: Int }
  type Subscription { moved(storeId: Int!, after: String): Moved }
  type Moved { id: String other(after: String): String }`);

function read(text: string, variables: Record<string, unknown> = {}) {
  const document = parse(text);
  const operation = getOperationAST(document);
  if (!operation) throw new Error('No operation');
  return readOperation(schema, document, operation, variables);
}

describe('what a subscription asks for', () => {
  const literal = (after: string, rest = 'id') =>
    `subscription { moved(storeId: 1, after: "${after}") { ${rest} } }`;
  const variable = 'subscription ($n: Int!, $c: String) { moved(storeId: $n, after: $c) { id } }';

  test('is its field with its arguments', () => {
    expect(read(variable, { n: 3, c: 'x' })).toMatchObject({
      field: 'moved',
      args: { storeId: 3, after: 'x' },
    });
    const spread = 'subscription { ...F } fragment F on Subscription { moved(storeId: 2) { id } }';
    expect(read(spread)).toMatchObject({ field: 'moved', args: { storeId: 2 } });
  });

  test('is the same wherever they go on from', () => {
    expect(read(variable, { n: 3, c: 'x' }).key).toBe(read(variable, { n: 3, c: 'y' }).key);
    expect(read(literal('x')).key).toBe(read(literal('y')).key);
    expect(read(literal('y')).args.after).toBe('y');
  });

  test('is another with another store, selection, or use of the variable', () => {
    expect(read(variable, { n: 3 }).key).not.toBe(read(variable, { n: 4 }).key);
    expect(read(literal('x')).key).not.toBe(read(literal('x', 'other')).key);
    const inner = (after: string) => read(literal('x', `other(after: "${after}")`)).key;
    expect(inner('x')).not.toBe(inner('y'));
    const twice =
      'subscription ($c: String) { moved(storeId: 1, after: $c) { id other(after: $c) } }';
    expect(read(twice, { c: 'x' }).key).not.toBe(read(twice, { c: 'y' }).key);
  });
});
