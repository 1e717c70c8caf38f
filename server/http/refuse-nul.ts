import type { RequestHandler } from 'express';

import { respondError } from './respond.ts';

/**
 * A NUL byte that reaches SQL as a text is an error of the server; here it is one of the client.
 */
export const refuseNul: RequestHandler = (request, response, next) => {
  if (/%00|\0/.test(request.url) || !isDecodable(request.path)) {
    return respondError(response, 400, 'INVALID_INPUT', 'The address is not valid.');
  }
  next();
};

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
