import { GraphQLError } from 'postgraphile/graphql';

import type { ErrorCode } from './codes.ts';

/** A refusal of the server's own, in the form in which GraphQL clients get all of them. */
export function refusal(
  code: ErrorCode,
  message: string,
  facts: Record<string, unknown> = {},
): GraphQLError {
  return new GraphQLError(message, { extensions: { ...facts, code } });
}
