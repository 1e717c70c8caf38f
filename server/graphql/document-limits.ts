import {
  GraphQLError,
  Kind,
  parse,
  type DocumentNode,
  type FragmentDefinitionNode,
  type SelectionSetNode,
} from 'postgraphile/graphql';

import { refusal } from '../errors/refusal.ts';

/** Ruru's introspection query needs a depth of 13 and 120 fields; the dashboard stays far below. */
const limits = { tokens: 4000, depth: 16, fields: 600, aliases: 60 };

interface Size {
  depth: number;
  fields: number;
  aliases: number;
}

/**
 * Refuses a document before it is validated and planned. Both follow fragments, so does this: a
 * document of a kilobyte whose fragments double 18 times would occupy the process for seconds. Each
 * fragment is measured once, so measuring itself takes a time linear in the document.
 */
export function checkDocument(source: string): DocumentNode | GraphQLError {
  let document: DocumentNode;
  try {
    document = parse(source, { maxTokens: limits.tokens, noLocation: true });
  } catch (error) {
    const message = error instanceof GraphQLError ? error.message : 'The document is not valid.';
    return refusal('INVALID_INPUT', message);
  }
  const size = measureDocument(document);
  if (size === 'cyclic') return refusal('INVALID_INPUT', 'Fragments must not contain themselves.');
  for (const limit of ['depth', 'fields', 'aliases'] as const) {
    if (size[limit] > limits[limit]) {
      return refusal(
        'TOO_COMPLEX',
        `The document has more ${limit} than the ${limits[limit]} allowed.`,
        { limit },
      );
    }
  }
  return document;
}

class CyclicError extends Error {}

function measureDocument(document: DocumentNode): Size | 'cyclic' {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION)
      fragments.set(definition.name.value, definition);
  }
  const measured = new Map<string, Size | 'open'>();
  const measureFragment = (name: string): Size => {
    const known = measured.get(name);
    if (known === 'open') throw new CyclicError();
    if (known) return known;
    measured.set(name, 'open');
    const fragment = fragments.get(name);
    const size = fragment
      ? measure(fragment.selectionSet, measureFragment)
      : { depth: 0, fields: 0, aliases: 0 };
    measured.set(name, size);
    return size;
  };
  const total: Size = { depth: 0, fields: 0, aliases: 0 };
  try {
    for (const definition of document.definitions) {
      if ('selectionSet' in definition && definition.selectionSet) {
        add(total, measure(definition.selectionSet, measureFragment), 0);
      }
    }
  } catch (error) {
    if (error instanceof CyclicError) return 'cyclic';
    throw error;
  }
  return total;
}

function measure(set: SelectionSetNode, measureFragment: (name: string) => Size): Size {
  const total: Size = { depth: 0, fields: 0, aliases: 0 };
  for (const selection of set.selections) {
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      add(total, measureFragment(selection.name.value), 0);
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      add(total, measure(selection.selectionSet, measureFragment), 0);
    } else {
      const inner = selection.selectionSet
        ? measure(selection.selectionSet, measureFragment)
        : { depth: 0, fields: 0, aliases: 0 };
      add(total, inner, 1);
      total.fields += 1;
      if (selection.alias) total.aliases += 1;
    }
  }
  return total;
}

function add(total: Size, inner: Size, deeper: 0 | 1): void {
  total.depth = Math.max(total.depth, inner.depth + deeper);
  total.fields += inner.fields;
  total.aliases += inner.aliases;
}
