import { GraphQLError, type DocumentNode } from 'postgraphile/graphql';
import type { ExecutionConfig } from 'postgraphile/grafserv';

import { checkDocument } from '../document-limits.ts';

type Result = ReturnType<ExecutionConfig['parseAndValidate']>;

/** As many as the server keeps parsed. */
const remembered = 50;

/**
 * Documents are measured before they are validated, over HTTP and over sockets alike, and what is
 * not valid has a code like every other error.
 */
export const DocumentChecksPlugin: GraphileConfig.Plugin = {
  name: 'DocumentChecksPlugin',
  version: '0.1.0',
  grafserv: {
    middleware: {
      setPreset(next, event) {
        const getExecutionConfig = event.getExecutionConfig;
        const results = new Map<string, Result>();
        event.getExecutionConfig = async function (context) {
          const config = await getExecutionConfig.call(this, context);
          return {
            ...config,
            parseAndValidate: (query) => check(results, query, config.parseAndValidate),
          };
        };
        return next();
      },
    },
  },
};

function check(
  results: Map<string, Result>,
  query: string,
  parseAndValidate: (query: string) => Result,
): Result {
  const known = results.get(query);
  if (known) return known;
  const document: DocumentNode | GraphQLError = checkDocument(query);
  const result =
    document instanceof GraphQLError ? { errors: [document] } : coded(parseAndValidate(query));
  const [oldest] = results.keys();
  if (results.size >= remembered && oldest !== undefined) results.delete(oldest);
  results.set(query, result);
  return result;
}

function coded(result: Result): Result {
  if (!result.errors) return result;
  const errors = result.errors.map(
    (error) =>
      new GraphQLError(error.message, {
        nodes: error.nodes ?? null,
        extensions: { code: 'INVALID_INPUT', ...error.extensions },
      }),
  );
  return { errors };
}
