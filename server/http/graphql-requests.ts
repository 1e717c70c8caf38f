import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';

import { refusal } from '../errors/refusal.ts';
import { tooLarge } from './too-large.ts';

const answers = ['application/json', 'application/graphql-response+json'];

/**
 * What a request to /graphql must be before its body is read: a POST of JSON. Queries over GET are
 * not answered: links and images must not be able to ask. Outside production a browser's GET is for
 * Ruru.
 */
export function refuseOtherRequests(production: boolean): RequestHandler {
  return (request, response, next) => {
    if (request.method === 'OPTIONS') return void response.set('allow', 'POST').sendStatus(204);
    if (request.method === 'GET' && !production && isForRuru(request)) return next();
    if (request.method !== 'POST') {
      response.set('allow', 'POST');
      return refuse(response, 405, 'Send a POST.');
    }
    if (!request.accepts(answers)) return refuse(response, 406, `Answers are ${answers[0]}.`);
    // Who does not ask for the newer type gets the one that every client reads.
    if (!request.get('accept')?.includes('graphql-response+json'))
      request.headers.accept = 'application/json';
    if (!request.is('application/json')) return refuse(response, 415, 'Send application/json.');
    next();
  };
}

function isForRuru(request: Request): boolean {
  return request.path !== '/' || request.accepts([...answers, 'html']) === 'html';
}

/** After the body was read. Batches are refused: they would multiply every limit. */
export const refuseOtherBodies: RequestHandler = (request, response, next) => {
  if (request.method !== 'POST') return next();
  const body: unknown = request.body;
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return next();
  refuse(response, 400, 'Send one JSON object with a query; batches are not answered.');
};

/** Bodies that could not be read, in the form of all answers of GraphQL. */
export const onGraphQLError: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  const status =
    typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 500;
  if (response.headersSent || !(status >= 400 && status < 500)) return next(error);
  const large = tooLarge(error);
  if (large) return answer(response, status, refusal('TOO_LARGE', large.message, large.facts));
  refuse(response, status, 'The body is not valid JSON in UTF-8.');
};

function refuse(response: Response, status: number, message: string): void {
  answer(response, status, refusal('INVALID_INPUT', message));
}

function answer(response: Response, status: number, error: ReturnType<typeof refusal>): void {
  response.status(status).json({ errors: [error.toJSON()] });
}
