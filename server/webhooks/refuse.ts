import type { Request, Response } from 'express';

import { respondError } from '../http/respond.ts';
import { clientAddress } from '../limits/client-address.ts';
import { respondLimited } from '../limits/respond-limited.ts';
import type { Intake, Target } from './intake.ts';

type Reason = 'unsigned' | 'wrong_signature' | 'not_json';

/** Turned away with a row that says why, until its sender has sent too many such. */
export async function turnAway(
  intake: Intake,
  exchange: { request: Request; response: Response },
  target: Target,
  service: string,
  reason: Reason,
): Promise<void> {
  const { request, response } = exchange;
  const waitMs = await intake.reject(target, service, reason, clientAddress(request));
  if (waitMs > 0) return respondLimited(response, waitMs);
  if (reason === 'not_json')
    return respondError(response, 400, 'INVALID_INPUT', 'The body is not JSON.');
  respondError(response, 401, 'UNAUTHENTICATED', 'The signature or secret is not valid.');
}

/** For an address of ours that is nobody's. */
export async function turnAwayUnknown(
  intake: Intake,
  request: Request,
  response: Response,
): Promise<void> {
  const waitMs = await intake.admitForgery(clientAddress(request));
  if (waitMs > 0) return respondLimited(response, waitMs);
  respondError(response, 404, 'NOT_FOUND', 'There is no such store or account.');
}
