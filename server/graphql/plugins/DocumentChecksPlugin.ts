import {
  GraphQLError,
  NoSchemaIntrospectionCustomRule,
  specifiedRules,
  validate,
  type GraphQLSchema,
} from 'postgraphile/graphql';
import type { ExecutionConfig } from 'postgraphile/grafserv';

import { checkDocument } from '../document-limits.ts';

type Result = ReturnType<ExecutionConfig['parseAndValidate']>;

/** Documents that are kept parsed; 500 would keep 149 MB, because Grafast's plans hang on them. */
const remembered = 50;

export interface DocumentChecks {
  /** Clients may ask for the schema, and are told which names they may have meant. */
  introspection: boolean;
}

/**
 * Documents are measured before they are validated, over HTTP and over sockets alike, and what is
 * not valid has a code like every other error.
 */
export function documentChecksPlugin({ introspection }: DocumentChecks): GraphileConfig.Plugin {
  const check = (schema: GraphQLSchema, query: string): Result => {
    const document = checkDocument(query);
    if (document instanceof GraphQLError) return { errors: [document] };
    const rules = introspection
      ? specifiedRules
      : [...specifiedRules, NoSchemaIntrospectionCustomRule];
    const errors = validate(schema, document, rules, { hideSuggestions: !introspection });
    return errors.length > 0 ? { errors: errors.map(coded) } : { document };
  };
  return {
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
              parseAndValidate: (query) =>
                rememberedResult(results, query, () => check(config.schema, query)),
            };
          };
          return next();
        },
      },
    },
  };
}

/** By first use: an attacker's documents push each other out as fast as they come. */
function rememberedResult(
  results: Map<string, Result>,
  query: string,
  check: () => Result,
): Result {
  const known = results.get(query);
  if (known) return known;
  const result = check();
  const [oldest] = results.keys();
  if (results.size >= remembered && oldest !== undefined) results.delete(oldest);
  results.set(query, result);
  return result;
}

function coded(error: GraphQLError): GraphQLError {
  return new GraphQLError(error.message, {
    nodes: error.nodes ?? null,
    extensions: { code: 'INVALID_INPUT', ...error.extensions },
  });
}
