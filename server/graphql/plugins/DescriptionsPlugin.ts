import {
  isEnumType,
  isInputObjectType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'postgraphile/graphql';
import type {} from 'postgraphile/graphile-build';

import { descriptions } from '../descriptions.ts';

type Field = GraphQLField<unknown, unknown> | GraphQLInputField;

interface Described {
  description?: string | null | undefined;
}

/** What PostGraphile writes where nobody has written anything. */
const generated =
  /^(Reads (a single|and enables)|A connection to|A list of|Get a single|The exclusive input|All input for|The output of|An? `|The `|The count of|Read all values|A cursor for|Information to aid|The method to use)/;

/** Everything says what it is: the comments of the database, or what `descriptions.ts` adds. */
export const DescriptionsPlugin: GraphileConfig.Plugin = {
  name: 'DescriptionsPlugin',
  version: '0.1.0',
  schema: {
    hooks: {
      finalize(schema: GraphQLSchema) {
        for (const type of Object.values(schema.getTypeMap())) {
          if (!isIntrospectionType(type) && !isSpecifiedScalarType(type)) describeType(type);
        }
        return schema;
      },
    },
  },
};

function describeType(type: GraphQLNamedType): void {
  describe(type, [type.name], ofType(type.name));
  if (isEnumType(type)) {
    for (const value of type.getValues()) describe(value, [`${type.name}.${value.name}`]);
  }
  if (isObjectType(type) || isInputObjectType(type)) {
    const family = /(Input|Payload)$/.exec(type.name)?.[0];
    for (const field of Object.values<Field>(type.getFields())) {
      const keys = [`${type.name}.${field.name}`, `*${family ?? ''}.${field.name}`];
      describe(field, keys, ofField(type.name, field.name));
      for (const argument of 'args' in field ? field.args : []) {
        describe(argument, [`${keys[0]}(${argument.name})`], ofArgument[argument.name]);
      }
    }
  }
}

/** The first of the names that has a description wins; then what is there; then the family's. */
function describe(what: Described, names: readonly string[], family?: string): void {
  const written = what.description && !generated.test(what.description) ? what.description : null;
  const forced = names.map((name) => descriptions[`!${name}`]).find(Boolean);
  const added = names.map((name) => descriptions[name]).find(Boolean);
  what.description = forced ?? written ?? added ?? family;
}

function ofType(name: string): string | undefined {
  const [, of, family] = /^(\w+?)(Connection|Edge|Input|Payload)$/.exec(name) ?? [];
  if (of === undefined) return undefined;
  const mutation = of.charAt(0).toLowerCase() + of.slice(1);
  switch (family) {
    case 'Connection':
      return `A page of a list of ${of}.`;
    case 'Edge':
      return `One ${of} of a page, with its cursor.`;
    case 'Input':
      return `What ${mutation} is told.`;
    default:
      return `What ${mutation} answers.`;
  }
}

function ofField(type: string, field: string): string | undefined {
  if (type.endsWith('Connection')) return ofConnection[field];
  if (type.endsWith('Edge')) return ofEdge[field];
  if (type === 'Query') return 'The one with this id; null when the merchant has none.';
  return undefined;
}

const ofConnection: Readonly<Record<string, string>> = {
  nodes: 'The rows of the page.',
  edges: 'The same rows, each with its cursor.',
  pageInfo: 'Whether there is more, and where to go on.',
  totalCount: 'How many there are on all pages.',
};

const ofEdge: Readonly<Record<string, string>> = {
  cursor: 'Give it as `after` for what comes after this one.',
  node: 'The row.',
};

const ofArgument: Readonly<Record<string, string>> = {
  id: 'Which one.',
  input: 'What to do.',
  after: 'Go on after this cursor: `pageInfo.endCursor` of the page before.',
};
