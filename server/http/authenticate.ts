import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { GraphQLError } from 'postgraphile/graphql';

import type { KeyRing } from '../../config.ts';
import { bearerToken, readAccessToken } from '../auth/access-token.ts';
import { refusal } from '../errors/refusal.ts';
import { isForCustomers } from '../graphql/customer-document.ts';
import { rememberCustomer, rememberMember } from '../graphql/request-member.ts';

/**
 * What a GraphQL request must be before anything of it runs: signed in, with a query; or without any
 * token, for what a customer may ask. A GET is let through, because it can only ask for Ruru's page.
 */
export function guardGraphQL(keys: KeyRing): RequestHandler {
  return (request, response, next) => {
    if (request.method !== 'POST') return next();
    guard(keys, request, response, next).catch(next);
  };
}

async function guard(
  keys: KeyRing,
  request: Request,
  response: Response,
  next: NextFunction,
): Promise<void> {
  if (request.get('authorization') === undefined && isForCustomers(request.body)) {
    rememberCustomer(request);
    return next();
  }
  const token = bearerToken(request.get('authorization'));
  const member = token && (await readAccessToken(keys, token));
  if (!member) return respond(response, 401, refusal('UNAUTHENTICATED', 'Sign in first.'));
  rememberMember(request, member);
  next();
}

function respond(response: Response, status: number, error: GraphQLError): void {
  response.status(status).json({ errors: [error.toJSON()] });
}
