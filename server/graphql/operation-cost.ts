import {
  getNamedType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  OperationTypeNode,
  valueFromASTUntyped,
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type FragmentSpreadNode,
  type GraphQLField,
  type GraphQLOutputType,
  type GraphQLSchema,
  type InlineFragmentNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'postgraphile/graphql';

import { costs } from './limits.ts';
import { defaultPageSize, maxPageSize } from './plugins/PageSizePlugin.ts';

type Variables = Readonly<Record<string, unknown>>;

interface Walk {
  schema: GraphQLSchema;
  fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  variables: Variables;
  /** How many things the mutation is about that is looked at. */
  bulk: number;
}

/**
 * The largest number of values that the answer to an operation can have. Every field counts 1 for
 * each time it can appear: rows multiply what is selected of them by the size of their page, and
 * pages within pages multiply. `costs` says what counts more. `@skip` and `@include` are not
 * looked at. For documents that were checked and are valid: their fragments are few and end.
 */
export function costOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  given: Variables,
): number {
  const root = schema.getRootType(operation.operation);
  if (!root) return 0;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION)
      fragments.set(definition.name.value, definition);
  }
  const variables = { ...defaultsOf(operation), ...given };
  const walk = { schema, fragments, variables, bulk: 1 };
  return operation.operation === OperationTypeNode.MUTATION
    ? costOfMutations(walk, operation.selectionSet, root.name)
    : costOfSet(walk, operation.selectionSet, root.name, 1);
}

/** Each for itself: bulk work writes, and answers, as often as there are things in its input. */
function costOfMutations(walk: Walk, set: SelectionSetNode, typeName: string): number {
  let cost = 0;
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) {
      const bulk = Math.max(1, longestList(selection.arguments, walk.variables));
      cost += costs.mutation * bulk + costOfField({ ...walk, bulk }, selection, typeName, 1);
      continue;
    }
    const fragment = fragmentOf(walk, selection);
    if (fragment) cost += costOfMutations(walk, fragment.selectionSet, typeName);
  }
  return cost;
}

/** `page` is the size of the page when the selections are those of a connection. */
function costOfSet(walk: Walk, set: SelectionSetNode, typeName: string, page: number): number {
  let cost = 0;
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) {
      cost += costOfField(walk, selection, typeName, page);
      continue;
    }
    const fragment = fragmentOf(walk, selection);
    if (!fragment) continue;
    const condition = fragment.typeCondition?.name.value ?? typeName;
    cost += costOfSet(walk, fragment.selectionSet, condition, page);
  }
  return cost;
}

function costOfField(walk: Walk, node: FieldNode, typeName: string, page: number): number {
  const type = walk.schema.getType(typeName);
  const field =
    isObjectType(type) || isInterfaceType(type) ? type.getFields()[node.name.value] : undefined;
  if (!field) return 1; // __typename; introspection reads no row
  const ofConnection = isConnection(typeName);
  if (ofConnection && field.name === 'totalCount') return costs.totalCount;
  if (!node.selectionSet) return 1;
  const named = getNamedType(field.type).name;
  const inner = costOfSet(walk, node.selectionSet, named, pageOf(walk, node, field));
  const times = isList(field.type) ? lengthOf(walk, typeName, page) : 1;
  return times * (1 + inner);
}

function lengthOf(walk: Walk, typeName: string, page: number): number {
  if (isConnection(typeName)) return page;
  return typeName.endsWith('Payload') ? walk.bulk : costs.plainList;
}

function fragmentOf(walk: Walk, node: FragmentSpreadNode | InlineFragmentNode) {
  return node.kind === Kind.FRAGMENT_SPREAD ? walk.fragments.get(node.name.value) : node;
}

function isConnection(typeName: string): boolean {
  return typeName.endsWith('Connection');
}

function isList(type: GraphQLOutputType): boolean {
  return isNonNullType(type) ? isList(type.ofType) : isListType(type);
}

/** What is out of bounds is refused when it is planned; here it counts as the largest page. */
function pageOf(walk: Walk, node: FieldNode, field: GraphQLField<unknown, unknown>): number {
  const sizes: unknown[] = [];
  for (const { name, defaultValue } of field.args) {
    if (name !== 'first' && name !== 'last') continue;
    const argument = node.arguments?.find((given) => given.name.value === name);
    sizes.push(argument ? valueOf(argument.value, walk.variables) : defaultValue);
  }
  const size = sizes.filter((given) => given != null).map(Number)[0] ?? defaultPageSize;
  return size >= 0 && size <= maxPageSize ? size : maxPageSize;
}

function valueOf(value: ValueNode, variables: Variables): unknown {
  if (value.kind === Kind.VARIABLE) return variables[value.name.value];
  return value.kind === Kind.INT ? value.value : null;
}

/** Of the lists in arguments, however deep. */
function longestList(given: readonly ArgumentNode[] = [], variables: Variables): number {
  return Math.max(0, ...given.map(({ value }) => longestOf(valueFromASTUntyped(value, variables))));
}

function longestOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const length = Array.isArray(value) ? value.length : 0;
  return Object.values(value).reduce<number>((n, part) => Math.max(n, longestOf(part)), length);
}

function defaultsOf(operation: OperationDefinitionNode): Variables {
  return Object.fromEntries(
    (operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
      defaultValue?.kind === Kind.INT ? [[variable.name.value, defaultValue.value]] : [],
    ),
  );
}
