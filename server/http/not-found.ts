import type { RequestHandler } from 'express';

import { respondError } from './respond.ts';

/** What answers to one method only; /graphql says so by itself. */
const methods: [path: RegExp, allow: string][] = [
  [/^\/auth\/(login|refresh|logout)$/, 'POST'],
  [/^\/webhooks\/(shopify|carrier)\/[^/]+$/, 'POST'],
  [/^\/webhooks\/whatsapp$/, 'GET, HEAD, POST'],
  [/^\/(healthz|readyz|metrics)$/, 'GET, HEAD'],
  [/^\/labels\/[^/]+\.pdf$/, 'GET, HEAD'],
];

/** The last of all routes: nothing answered. */
export const notFound: RequestHandler = (request, response) => {
  const allow = methods.find(([path]) => path.test(request.path))?.[1];
  if (allow === undefined || allow.split(', ').includes(request.method)) {
    return respondError(response, 404, 'NOT_FOUND', 'There is nothing here.');
  }
  response.set('allow', allow);
  respondError(response, 405, 'INVALID_INPUT', `Use ${allow} here.`);
};
