import type { Response } from 'express';

/** The one form of errors outside GraphQL. */
export function respondError(
  response: Response,
  status: number,
  code: string,
  message: string,
  facts: Record<string, unknown> = {},
): void {
  response.status(status).json({ error: { code, message, ...facts } });
}
