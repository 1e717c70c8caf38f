import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';

import { bearerToken } from '../auth/access-token.ts';
import { respondError } from './respond.ts';

/**
 * /metrics tells how much business is done. With a token only its holder reads it; without one
 * nobody does in production, where a proxy on this machine would make everybody a local reader.
 */
export function guardMetrics(token: string | undefined, production: boolean): RequestHandler {
  return (request, response, next) => {
    if (token === undefined && !production) return next();
    if (token === undefined) {
      return respondError(response, 404, 'NOT_FOUND', 'There is nothing here.');
    }
    const given = bearerToken(request.get('authorization'));
    if (given !== undefined && timingSafeEqual(digest(given), digest(token))) return next();
    response.set('www-authenticate', 'Bearer');
    respondError(response, 401, 'UNAUTHENTICATED', 'Send the token of METRICS_TOKEN.');
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
