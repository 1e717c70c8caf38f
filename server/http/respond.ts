import type { Response } from 'express';

import type { ErrorCode } from '../errors/codes.ts';

/** The one form of errors outside GraphQL. */
export function respondError(
  response: Response,
  status: number,
  code: ErrorCode,
  message: string,
  facts: Record<string, unknown> = {},
): void {
  response.status(status).json({ error: { code, message, ...facts } });
}
