import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';

/**
 * Everything the dashboard needs comes from this server; WebSockets of the same host are `self`
 * too.
 */
const contentSecurityPolicy = [
  "default-src 'self'",
  "base-uri 'none'",
  "object-src 'none'",
  "frame-ancestors 'none'",
  "form-action 'self'",
  "img-src 'self' data:",
  "style-src 'self' 'unsafe-inline'",
  "connect-src 'self'",
].join('; ');

const strict = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
};

/**
 * There are no CORS headers: the dashboard comes from this server, and other sites' pages have no
 * business with a member's token. A front end of one's own on another host goes through a proxy.
 */
export function securityHeaders(production: boolean): RequestHandler {
  return (request, response, next) => {
    response.set(strict);
    if (production) response.set('strict-transport-security', 'max-age=31536000');
    // Ruru brings its own inline script; it is not served in production.
    if (!production && request.method === 'GET' && /^\/(graphql|ruru-static)/.test(request.path)) {
      response.removeHeader('content-security-policy');
    }
    next();
  };
}

/** The id under which the log has this request; the client is told, for its bug report. */
export const requestId: RequestHandler = (request, response, next) => {
  const given = request.get('x-request-id');
  response.locals.requestId = given && /^[\w-]{8,64}$/.test(given) ? given : randomUUID();
  response.set('x-request-id', String(response.locals.requestId));
  next();
};

/** Answers have customers in them. Not for files: express.static keeps what is already said. */
export const noStore: RequestHandler = (_request, response, next) => {
  response.set('cache-control', 'no-store');
  next();
};
