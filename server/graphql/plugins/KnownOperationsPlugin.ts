import { SafeError } from 'postgraphile/grafast';
import type { ProcessGraphQLRequestBodyEvent } from 'postgraphile/grafserv';

import type { ErrorCode } from '../../errors/codes.ts';
import { operationId, type KnownOperations } from '../known-operations.ts';

type Body = ProcessGraphQLRequestBodyEvent['body'];

/**
 * A request may name a known operation by its id instead of sending its text, and where `only` is
 * set the text has to be one of them too: whoever has a token can then run nothing but what was
 * written for this server. Over HTTP and over sockets alike.
 */
export function knownOperationsPlugin(
  operations: KnownOperations,
  only: boolean,
): GraphileConfig.Plugin {
  return {
    name: 'KnownOperationsPlugin',
    version: '0.1.0',
    grafserv: {
      middleware: {
        processGraphQLRequestBody(next, { body }) {
          checkShape(body);
          body.query = textOf(body, operations, only);
          return next();
        },
      },
    },
  };
}

function textOf(body: Body, operations: KnownOperations, only: boolean): string {
  const id = idOf(body);
  if (typeof body.query === 'string') {
    if (!only || operations.has(operationId(body.query))) return body.query;
    throw refuse('UNKNOWN_OPERATION', 'This server runs only the operations that it knows.');
  }
  if (id === undefined) throw refuse('INVALID_INPUT', 'Send a query or a documentId.', 'query');
  const known = operations.get(id);
  if (known !== undefined) return known;
  throw refuse('UNKNOWN_OPERATION', 'There is no operation of this id.', 'documentId');
}

/** As the GraphQL-over-HTTP drafts have it, or as Apollo's clients send it. */
function idOf({ documentId, extensions }: Body): string | undefined {
  if (typeof documentId === 'string') return documentId.replace(/^sha256:/, '');
  const persisted: unknown = (extensions as Record<string, unknown> | undefined)?.persistedQuery;
  if (typeof persisted !== 'object' || persisted === null) return undefined;
  return 'sha256Hash' in persisted ? String(persisted.sha256Hash) : undefined;
}

function checkShape({ query, operationName, variableValues, extensions }: Body): void {
  if (query != null && typeof query !== 'string')
    throw refuse('INVALID_INPUT', 'A query is a text.', 'query');
  if (operationName != null && typeof operationName !== 'string')
    throw refuse('INVALID_INPUT', 'An operationName is a text.', 'operationName');
  if (!isMap(variableValues))
    throw refuse('INVALID_INPUT', 'Variables are an object.', 'variables');
  if (!isMap(extensions)) throw refuse('INVALID_INPUT', 'Extensions are an object.', 'extensions');
}

function isMap(value: unknown): boolean {
  return value == null || (typeof value === 'object' && !Array.isArray(value));
}

/** Grafserv reads the status from here and would tell it to the client, if it could be listed. */
function refuse(code: ErrorCode, message: string, field?: string): SafeError {
  const extensions = { code, ...(field ? { field } : {}) };
  Object.defineProperty(extensions, 'statusCode', { value: 400, enumerable: false });
  return new SafeError(message, extensions);
}
