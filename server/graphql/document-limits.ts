import {
  GraphQLError,
  Kind,
  parse,
  type DocumentNode,
  type FragmentDefinitionNode,
  type SelectionSetNode,
} from 'postgraphile/graphql';

import { refusal } from '../errors/refusal.ts';
import { documentLimits, maxDocumentBytes, type DocumentLimit } from './limits.ts';

type Size = Record<Exclude<DocumentLimit, 'tokens'>, number>;

const nothing: Size = { depth: 0, fields: 0, aliases: 0, rootFields: 0, directives: 0 };

const words: Record<keyof Size, string> = {
  depth: 'levels',
  fields: 'fields',
  aliases: 'aliases',
  rootFields: 'root fields',
  directives: 'directives',
};

/**
 * Refuses a document before it is validated and planned. Both follow fragments, so does this: a
 * document of a kilobyte whose fragments double 18 times would occupy the process for seconds. Each
 * fragment is measured once, so measuring itself takes a time linear in the document.
 */
export function checkDocument(source: string): DocumentNode | GraphQLError {
  const bytes = Buffer.byteLength(source);
  if (bytes > maxDocumentBytes) {
    const facts = { limit: 'documentBytes', allowed: maxDocumentBytes, actual: bytes };
    return refusal('TOO_LARGE', `A document has at most ${maxDocumentBytes} bytes.`, facts);
  }
  const document = parsed(source);
  if (document instanceof GraphQLError) return document;
  const size = measureDocument(document);
  if (size === 'cyclic') return refusal('INVALID_INPUT', 'Fragments must not contain themselves.');
  for (const limit of Object.keys(size) as (keyof Size)[]) {
    const allowed = documentLimits[limit];
    const actual = size[limit];
    if (actual <= allowed) continue;
    const message = `The document has ${actual} ${words[limit]}, more than the ${allowed} allowed.`;
    return refusal('TOO_COMPLEX', message, { limit, allowed, actual });
  }
  return document;
}

function parsed(source: string): DocumentNode | GraphQLError {
  try {
    return parse(source, { maxTokens: documentLimits.tokens, noLocation: true });
  } catch (error) {
    const message = error instanceof GraphQLError ? error.message : 'The document is not valid.';
    if (!message.includes('tokens')) return refusal('INVALID_INPUT', message);
    // The parser stops at the limit: how many there are is not known.
    const facts = { limit: 'tokens', allowed: documentLimits.tokens };
    return refusal('TOO_COMPLEX', `A document has at most ${facts.allowed} tokens.`, facts);
  }
}

class CyclicError extends Error {}

type MeasureFragment = (name: string) => Size;

/** Of the largest operation, or of a fragment that none uses. */
function measureDocument(document: DocumentNode): Size | 'cyclic' {
  const measureFragment = fragmentMeasure(document);
  const largest: Size = { ...nothing };
  try {
    for (const definition of document.definitions) {
      if (!('selectionSet' in definition) || !definition.selectionSet) continue;
      const size = measure(definition.selectionSet, measureFragment);
      size.directives += definition.directives?.length ?? 0;
      for (const limit of Object.keys(size) as (keyof Size)[]) {
        largest[limit] = Math.max(largest[limit], size[limit]);
      }
    }
  } catch (error) {
    if (error instanceof CyclicError) return 'cyclic';
    throw error;
  }
  return largest;
}

function fragmentMeasure(document: DocumentNode): MeasureFragment {
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
    const size = fragment ? measure(fragment.selectionSet, measureFragment) : nothing;
    measured.set(name, size);
    return size;
  };
  return measureFragment;
}

function measure(set: SelectionSetNode, measureFragment: MeasureFragment): Size {
  const total: Size = { ...nothing };
  for (const selection of set.selections) {
    total.directives += selection.directives?.length ?? 0;
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      add(total, measureFragment(selection.name.value), 0);
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      add(total, measure(selection.selectionSet, measureFragment), 0);
    } else {
      const inner = selection.selectionSet
        ? measure(selection.selectionSet, measureFragment)
        : nothing;
      add(total, { ...inner, rootFields: 1 }, 1);
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
  total.rootFields += inner.rootFields;
  total.directives += inner.directives;
}
