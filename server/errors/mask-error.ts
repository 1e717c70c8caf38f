import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { GraphQLError } from 'postgraphile/graphql';

import { describeError } from '../../describe-error.ts';
import { fieldPath } from '../graphql/order-input.ts';
import { inputSqlStates, refusalCode, timeoutSqlStates } from './codes.ts';
import { refusal } from './refusal.ts';

interface DatabaseError extends Error {
  code: string;
  detail?: string;
  constraint?: string;
}

/**
 * What a client is told about an error. Refusals keep their code and facts, errors of the document
 * keep their message, and everything else is an id that the log has in full.
 */
export function makeMaskError(
  logger: Logger,
  onErrorTold: (code: string) => void = () => undefined,
  suggestNames = true,
): (error: GraphQLError) => GraphQLError {
  const mask = (error: GraphQLError): GraphQLError => {
    const cause = innermost(error);
    if (cause === undefined || cause instanceof GraphQLError) {
      return isBrokenPromise(error)
        ? masked(error, error, logger)
        : ours(error, cause, suggestNames);
    }
    if (isDatabaseError(cause)) {
      const code = refusalCode(cause.code);
      if (code) return replaced(error, cause.message, { ...facts(cause), code });
      if (inputSqlStates.has(cause.code) && !isMissingPartition(cause)) {
        const message = 'A value of the input is not valid.';
        const field = cause.constraint ? { constraint: cause.constraint } : {};
        return replaced(error, message, { ...field, code: 'INVALID_INPUT' });
      }
    }
    const late = tooLate(cause);
    if (late) return replaced(error, late.message, late.extensions);
    if (isSafe(cause)) {
      return replaced(error, cause.message, { code: 'INVALID_INPUT', ...cause.extensions });
    }
    return masked(error, cause, logger);
  };
  return (error) => {
    const told = mask(error);
    onErrorTold(String(told.extensions.code));
    return told;
  };
}

/**
 * Our own refusals are the cause; errors of documents and of variables have no code yet. Those of
 * variables come from a place that does not know whether names may be suggested.
 */
function ours(
  error: GraphQLError,
  cause: GraphQLError | undefined,
  suggestNames: boolean,
): GraphQLError {
  if (cause?.extensions.code !== undefined) return replaced(error, cause.message, cause.extensions);
  const message = suggestNames
    ? error.message
    : error.message.replace(/ Did you mean [^?]*\?/g, '');
  return replaced(error, message, { code: 'INVALID_INPUT', ...error.extensions });
}

/** A value that is not what the schema says it always is: the server's fault. */
function isBrokenPromise({ path, message }: GraphQLError): boolean {
  return path !== undefined && /^Cannot return null for|cannot represent/.test(message);
}

function masked(error: GraphQLError, cause: Error, logger: Logger): GraphQLError {
  const errorId = randomUUID();
  logger.error(
    { errorId, path: error.path, error: describeError(cause) },
    'unexpected error in GraphQL',
  );
  return replaced(error, `Something went wrong. The log has it as ${errorId}.`, {
    code: 'INTERNAL',
    errorId,
  });
}

/** Given up, and no fault of anybody's: what could be tried again, or asked for in less. */
function tooLate(cause: Error): GraphQLError | undefined {
  const limit = isDatabaseError(cause) ? timeoutSqlStates.get(cause.code) : undefined;
  if (limit === 'lock')
    return refusal('TIMEOUT', 'Somebody else is changing this. Try again.', { limit });
  if (limit)
    return refusal('TIMEOUT', 'This took too long. Ask for less, or try again.', { limit });
  if (cause.message === 'timeout exceeded when trying to connect') {
    return refusal('TIMEOUT', 'The server is busy. Try again.', { limit: 'connection' });
  }
  if (isSafe(cause) && cause.message.startsWith('Operation took too long to plan')) {
    return refusal('TOO_COMPLEX', 'The document is too complex.', { limit: 'planning' });
  }
  return undefined;
}

function facts(cause: DatabaseError): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(cause.detail ?? '{}');
    return typeof parsed === 'object' && parsed !== null ? inApiWords({ ...parsed }) : {};
  } catch {
    return {};
  }
}

/** The database's names of fields and statuses, as the schema has them. */
function inApiWords(facts: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [name, inWordsOf[name]?.(value) ?? value]),
  );
}

const inCapitals = (word: unknown) => (typeof word === 'string' ? word.toUpperCase() : undefined);

const inWordsOf: Readonly<Record<string, (value: unknown) => unknown>> = {
  field: (path) => (typeof path === 'string' ? fieldPath(path) : undefined),
  status: inCapitals,
  toStatus: inCapitals,
  roles: (roles) => (Array.isArray(roles) ? roles.map(inCapitals) : undefined),
};

function replaced(
  error: GraphQLError,
  message: string,
  extensions: Record<string, unknown>,
): GraphQLError {
  return new GraphQLError(message, {
    nodes: error.nodes ?? null,
    path: error.path ?? null,
    extensions,
  });
}

function innermost(error: GraphQLError): Error | undefined {
  let cause: Error | undefined = error.originalError ?? undefined;
  while (cause instanceof GraphQLError && cause.originalError) cause = cause.originalError;
  return cause;
}

/**
 * PostgreSQL reports a row that no partition takes like a CHECK, but it is no fault of the client.
 */
function isMissingPartition(cause: DatabaseError): boolean {
  return cause.code === '23514' && cause.constraint === undefined;
}

function isDatabaseError(cause: Error): cause is DatabaseError {
  return 'code' in cause && typeof cause.code === 'string' && /^[0-9A-Z]{5}$/.test(cause.code);
}

/** Grafast's own errors that are meant for clients, such as a cursor that is none. */
function isSafe(cause: Error): cause is Error & { extensions?: Record<string, unknown> } {
  return cause.constructor.name === 'SafeError';
}
