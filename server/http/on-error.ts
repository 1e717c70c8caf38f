import type { ErrorRequestHandler } from 'express';
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';

import { describeError } from '../../describe-error.ts';
import { respondError } from './respond.ts';
import { tooLarge } from './too-large.ts';

/** The edge: errors are logged here, once, and clients get an id. */
export function onError(logger: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error);
    const status = statusOf(error);
    if (status < 500) {
      const large = tooLarge(error);
      if (large) return respondError(response, status, 'TOO_LARGE', large.message, large.facts);
      return respondError(response, status, 'INVALID_INPUT', 'The request is not valid.');
    }
    const errorId = randomUUID();
    logger.error({ errorId, path: request.path, error: describeError(error) }, 'unexpected error');
    respondError(response, 500, 'INTERNAL', `Something went wrong. The log has it as ${errorId}.`, {
      errorId,
    });
  };
}

/** Express and its body parsers say with `status` that the client is to blame. */
function statusOf(error: unknown): number {
  const status =
    typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 500;
  return status >= 400 && status < 500 ? status : 500;
}
