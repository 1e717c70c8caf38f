import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import {
  buildSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
} from 'postgraphile/graphql';

/** Lists that are no connections: short by nature, and why. */
const shortLists: Readonly<Record<string, string>> = {
  'Location.pickupWeekdays': 'seven days',
  'MessageTemplate.parameters': 'a template has at most six kinds of parameters',
  'OffersPreview.offers': 'what the accounts of one merchant offer',
  'OrderCounts.byStatus': 'one for each status',
  'Query.workflows': 'one for each workflow',
  'WorkflowRules.statuses': 'the statuses of one workflow',
  'WorkflowRules.moves': 'the moves of one workflow',
  'WorkflowMove.roles': 'one for each role',
  'WorkflowMove.requires': 'one for each kind of input',
  'Order.nextMoves': 'the moves out of one status',
  'TrackedOrder.items': 'the first 100',
  'TrackedOrder.parcels': 'the first 100',
  'TrackedOrder.timeline': 'the first 100',
  'TransitionOrdersPayload.results': 'as many as were asked for, 500 at most',
};

/** What may be null although its like never is. */
const mayBeNull = new Set([
  'OrderTransitionResult.status', // of an order that is not there
  'SaveCarrierCredentialsPayload.webhookSecret', // told once, and never again
]);

const forbidden =
  /_[a-z]|rowId|jsonb|epoch|lease|sweep|xact|(?<!deadletter)digest|hash|[a-z]Current|^current[A-Z]|[a-z]Minor|^minor|codec|Hidden|Masked|clientMutationId|nodeId/;

const file = join(import.meta.dirname, '../../generated/schema.graphql');
const schema = buildSchema(await readFile(file, 'utf8'));
const types = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
);

interface Named {
  path: string;
  name: string;
  description: string | null | undefined;
}

type Field = GraphQLField<unknown, unknown> | GraphQLInputField;

function fieldsOf(type: GraphQLNamedType): Field[] {
  if (!isObjectType(type) && !isInputObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values<Field>(type.getFields());
}

const named: Named[] = types.flatMap((type) => [
  { path: type.name, name: type.name, description: type.description },
  ...(isEnumType(type) ? type.getValues() : []).map(({ name, description }) => ({
    path: `${type.name}.${name}`,
    name: name.toLowerCase().replaceAll('_', ''),
    description,
  })),
  ...fieldsOf(type).flatMap((field) => [
    { path: `${type.name}.${field.name}`, name: field.name, description: field.description },
    ...('args' in field ? field.args : []).map(({ name, description }) => ({
      path: `${type.name}.${field.name}(${name})`,
      name,
      description,
    })),
  ]),
]);

const outputFields = types
  .filter(isObjectType)
  .flatMap((type) => Object.values(type.getFields()).map((field) => ({ type, field })));

test('every type, field, argument and enum value says what it is, and not what generated it', () => {
  const generated =
    /^(Reads |A connection|A list of|Get a single|The exclusive|All input for|The output of|An? `|The `)/;
  const without = named.filter(
    ({ description }) => !description?.trim() || generated.test(description),
  );
  expect(without.map(({ path }) => path)).toEqual([]);
});

test('no name tells how the database works', () => {
  expect(named.filter(({ name }) => forbidden.test(name)).map(({ path }) => path)).toEqual([]);
});

test('every list is a page of a connection with a cap, or short by nature', () => {
  const lists = outputFields.filter(
    ({ type, field }) =>
      isListType(getNullableType(field.type)) && !type.name.endsWith('Connection'),
  );
  const unknown = lists
    .map(({ type, field }) => `${type.name}.${field.name}`)
    .filter((path) => shortLists[path] === undefined);
  expect(unknown).toEqual([]);
});

test('every connection takes first and after, is always there, and counts nothing without end', () => {
  const unlimited = [
    'Order',
    'OrderEvent',
    'Shipment',
    'AuditEntry',
    'CarrierCall',
    'InboundMessage',
  ];
  for (const { type, field } of outputFields) {
    if (!getNamedType(field.type).name.endsWith('Connection')) continue;
    const path = `${type.name}.${field.name}`;
    expect([path, isNonNullType(field.type)]).toEqual([path, true]);
    const args = field.args.map(({ name }) => name);
    expect(args).toEqual(expect.arrayContaining(['first', 'after']));
    expect(args).not.toContain('offset');
    expect(field.args.find(({ name }) => name === 'first')?.defaultValue).toBe(50);
  }
  for (const name of unlimited) {
    const connection = schema.getType(`${name}Connection`);
    expect(isObjectType(connection) && Object.keys(connection.getFields())).not.toContain(
      'totalCount',
    );
  }
});

test('no element of a list is null', () => {
  const nullable = outputFields.filter(({ field }) => {
    const list = getNullableType(field.type);
    return isListType(list) && !isNonNullType(list.ofType);
  });
  expect(nullable.map(({ type, field }) => `${type.name}.${field.name}`)).toEqual([]);
});

test('an id, a status, a kind and a time of coming are never null', () => {
  const alwaysThere = /^(id|status|kind|createdAt|currency|cursor|node|nodes|edges|pageInfo)$/;
  const nullable = outputFields.filter(
    ({ type, field }) =>
      alwaysThere.test(field.name) &&
      !isNonNullType(field.type) &&
      !mayBeNull.has(`${type.name}.${field.name}`) &&
      // A carrier's own words, when it says any.
      type.name !== 'CarrierScan',
  );
  expect(nullable.map(({ type, field }) => `${type.name}.${field.name}`)).toEqual([]);
});

test('a mutation is a business action: one input, a payload that is always whole', () => {
  const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});
  expect(mutations.length).toBeGreaterThan(9);
  for (const { name, args, type } of mutations) {
    expect(name).not.toMatch(/^(create|update|delete|upsert)/);
    expect(args.map((argument) => `${argument.name}: ${String(argument.type)}`)).toEqual([
      `input: ${name.charAt(0).toUpperCase()}${name.slice(1)}Input!`,
    ]);
    const payload = getNamedType(type);
    expect(payload.name).toBe(`${name.charAt(0).toUpperCase()}${name.slice(1)}Payload`);
    const fields = fieldsOf(payload);
    expect(fields.length).toBeGreaterThan(0);
    for (const field of fields) {
      const path = `${payload.name}.${field.name}`;
      expect([path, isNonNullType(field.type) || mayBeNull.has(path)]).toEqual([path, true]);
    }
  }
});
