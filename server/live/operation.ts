import {
  getArgumentValues,
  GraphQLError,
  Kind,
  print,
  visit,
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'postgraphile/graphql';

export interface LiveOperation {
  /** The one field of the subscription, with its arguments. */
  field: string;
  args: Record<string, unknown>;
  /** The same for all who ask for the same: document and variables, less where each goes on from. */
  key: string;
}

interface Analysis {
  text: string;
  fieldNode: FieldNode | undefined;
  /** The variable that holds nothing but the cursor. */
  cursorVariable: string | undefined;
}

/** Documents are parsed once and kept, so this is too. */
const analyses = new WeakMap<OperationDefinitionNode, Analysis>();

/** What a validated subscription asks for. Throws what is wrong with its variables. */
export function readOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): LiveOperation {
  const { text, fieldNode, cursorVariable } = analysisOf(document, operation);
  const field = fieldNode && schema.getSubscriptionType()?.getFields()[fieldNode.name.value];
  if (!field || !fieldNode) throw new GraphQLError('A subscription has one field.');
  const shared = Object.entries(variables).filter(([name]) => name !== cursorVariable);
  return {
    field: field.name,
    args: getArgumentValues(field, fieldNode, variables),
    key: JSON.stringify([text, operation.name?.value, shared]),
  };
}

function analysisOf(document: DocumentNode, operation: OperationDefinitionNode): Analysis {
  const known = analyses.get(operation);
  if (known) return known;
  const fieldNode = onlyField(document, operation.selectionSet);
  const after = fieldNode?.arguments?.find(({ name }) => name.value === 'after')?.value;
  const variable = after?.kind === Kind.VARIABLE ? after.name.value : undefined;
  const cursorVariable =
    variable !== undefined && usesOf(document, variable) === 1 ? variable : undefined;
  const analysis = { text: textWithoutCursor(document, fieldNode), fieldNode, cursorVariable };
  analyses.set(operation, analysis);
  return analysis;
}

/** Where each goes on from is no part of what is asked for, written into the document or not. */
function textWithoutCursor(document: DocumentNode, fieldNode: FieldNode | undefined): string {
  const shared = visit(document, {
    Field: (node) =>
      node === fieldNode
        ? { ...node, arguments: (node.arguments ?? []).filter((given) => !isLiteralCursor(given)) }
        : undefined,
  });
  return print(shared);
}

function isLiteralCursor({ name, value }: ArgumentNode): boolean {
  return name.value === 'after' && value.kind === Kind.STRING;
}

function onlyField(document: DocumentNode, set: SelectionSetNode): FieldNode | undefined {
  const [selection] = set.selections;
  if (!selection || selection.kind === Kind.FIELD) return selection;
  if (selection.kind === Kind.INLINE_FRAGMENT) return onlyField(document, selection.selectionSet);
  const fragment = document.definitions.find(
    (definition): definition is FragmentDefinitionNode =>
      definition.kind === Kind.FRAGMENT_DEFINITION &&
      definition.name.value === selection.name.value,
  );
  return fragment && onlyField(document, fragment.selectionSet);
}

/** Uses of a variable other than its declarations. */
function usesOf(document: DocumentNode, name: string): number {
  let uses = 0;
  visit(document, {
    VariableDefinition: () => false,
    Variable: (node) => void (uses += node.name.value === name ? 1 : 0),
  });
  return uses;
}
