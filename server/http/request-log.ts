import type { RequestHandler } from 'express';
import type { Logger } from 'pino';

/** One line a request: its path without the query, where links carry their signatures. */
export function requestLog(logger: Logger): RequestHandler {
  return (request, response, next) => {
    const startedAt = performance.now();
    const { method, path } = request;
    response.once('finish', () => {
      const line = {
        requestId: String(response.locals.requestId),
        method,
        path,
        status: response.statusCode,
        ms: Math.round(performance.now() - startedAt),
      };
      logger[response.statusCode >= 500 ? 'error' : 'debug'](line, 'request');
    });
    next();
  };
}
