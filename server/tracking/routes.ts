import express, { type Response, type Router } from 'express';
import { fileURLToPath } from 'node:url';
import { GraphQLError } from 'postgraphile/graphql';

import { busyPage, trackingPage, unknownPage } from './page.ts';
import type { Tracking } from './track-order.ts';

const publicDirectory = fileURLToPath(new URL('public', import.meta.url));

/** The customer's page. It needs no login, no script and no cookie; only the link. */
export function trackingRoutes(tracking: Tracking): Router {
  const routes = express.Router();
  routes.get('/live.js', (_request, response) => {
    response.set('cache-control', 'no-cache');
    response.sendFile('live.js', { root: publicDirectory, cacheControl: false });
  });
  routes.get('/:publicId', async (request, response) => {
    try {
      const order = await tracking.find(request.params.publicId, request.ip ?? '');
      answer(response, 200, trackingPage(order));
    } catch (error) {
      const { code, retryAfter } = error instanceof GraphQLError ? error.extensions : {};
      if (code === 'NOT_FOUND') answer(response, 404, unknownPage());
      else if (code === 'RATE_LIMITED') {
        response.set('retry-after', String(retryAfter));
        answer(response, 429, busyPage());
      } else throw error;
    }
  });
  return routes;
}

/** Nobody but the holder of the link: kept nowhere, found by no search. */
function answer(response: Response, status: number, page: string): void {
  response
    .status(status)
    .set({ 'cache-control': 'private, no-store', 'x-robots-tag': 'noindex, nofollow' })
    .type('html')
    .send(page);
}
