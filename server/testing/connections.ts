import {
  getNamedType,
  getNullableType,
  isEnumType,
  isLeafType,
  isListType,
  isObjectType,
  isRequiredArgument,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'postgraphile/graphql';

type Field = GraphQLField<unknown, unknown>;

/** One way from the root to a field: through single objects, or through one row of a connection. */
export interface Step {
  field: string;
  isConnection: boolean;
}

export interface ConnectionField {
  /** `Order.items`, for the name of a test. */
  name: string;
  /** From the root to the object that has the field. */
  path: Step[];
  field: Field;
  type: GraphQLObjectType;
  node: GraphQLObjectType;
  /** As an argument, such as `orderBy: [ID_ASC]`; the empty one is the default order. */
  orders: string[];
}

/** Every connection of a schema that can be reached without knowing an id. */
export function connectionsOf(schema: GraphQLSchema): ConnectionField[] {
  const root = schema.getQueryType();
  if (!root) return [];
  const found: ConnectionField[] = [];
  const reached = new Map<GraphQLObjectType, Step[]>([[root, []]]);
  for (const [type, path] of reached) {
    for (const field of Object.values(type.getFields())) {
      const named = getNamedType(field.type);
      if (!isObjectType(named) || field.args.some(isRequiredArgument)) continue;
      if (isListType(getNullableType(field.type))) continue;
      const node = named.name.endsWith('Connection') ? nodeOf(named) : undefined;
      const step = { field: field.name, isConnection: node !== undefined };
      if (node) {
        const name = `${type.name}.${field.name}`;
        found.push({ name, path, field, type: named, node, orders: ordersOf(field) });
      }
      const next = node ?? named;
      // Rows are reached through the shortest way, and once.
      if (!reached.has(next)) reached.set(next, [...path, step]);
    }
  }
  return found;
}

function nodeOf(connection: GraphQLObjectType): GraphQLObjectType | undefined {
  const node = connection.getFields().nodes && getNamedType(connection.getFields().nodes!.type);
  return isObjectType(node) ? node : undefined;
}

function ordersOf(field: Field): string[] {
  const argument = field.args.find(({ name }) => name === 'orderBy');
  const type = argument && getNamedType(argument.type);
  if (!argument || !isEnumType(type)) return [''];
  const isList = isListType(getNullableType(argument.type));
  return ['', ...type.getValues().map(({ name }) => `orderBy: ${isList ? `[${name}]` : name}`)];
}

/**
 * What tells rows apart: all their plain values but signed links, which differ from second to second,
 * and what is added up, which changes with every row.
 */
export function plainFields(type: GraphQLObjectType): string {
  return Object.values(type.getFields())
    .filter((field) => isLeafType(getNamedType(field.type)) && !field.args.some(isRequiredArgument))
    .map(({ name }) => name)
    .filter((name) => !/Url$|Count$|^weightGrams$/.test(name))
    .join(' ');
}

/** Selections along a path; `after` has a cursor or nothing for each of its connections. */
export function along(
  path: Step[],
  inner: string,
  first: number,
  after: (string | undefined)[],
): string {
  const cursors = [...after];
  const opened = path.map(({ field, isConnection }) => {
    if (!isConnection) return `${field} { `;
    const cursor = cursors.shift();
    const position = cursor === undefined ? '' : `, after: "${cursor}"`;
    return `${field}(first: ${first}${position}) { edges { cursor node { `;
  });
  const closed = path.map(({ isConnection }) => (isConnection ? ' } } }' : ' }')).reverse();
  return `${opened.join('')}${inner}${closed.join('')}`;
}
