import type { Response } from 'express';
import { GraphQLError } from 'postgraphile/graphql';

import type { ErrorCode } from '../errors/codes.ts';
import { respondError } from './respond.ts';

const statuses: Partial<Record<ErrorCode, number>> = {
  INVALID_INPUT: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CURSOR_TOO_OLD: 410,
  TOO_MANY_SUBSCRIPTIONS: 429,
};

/** A refusal outside GraphQL, with its facts. False when the error is something else. */
export function respondRefusal(response: Response, error: unknown): boolean {
  if (!(error instanceof GraphQLError)) return false;
  const { code, ...facts } = error.extensions;
  const known = code as ErrorCode; // has a status if it is one of ours
  const status = statuses[known];
  if (status === undefined) return false;
  respondError(response, status, known, error.message, facts);
  return true;
}
