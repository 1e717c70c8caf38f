import type { Response } from 'express';

import { respondError } from '../http/respond.ts';

/** 429, with when to come back in the header that every client library knows. */
export function respondLimited(response: Response, waitMs: number): void {
  const retryAfter = Math.max(1, Math.ceil(waitMs / 1000));
  response.set('retry-after', String(retryAfter));
  respondError(response, 429, 'RATE_LIMITED', `Too many attempts. Try again in ${retryAfter} s.`, {
    retryAfter,
  });
}
