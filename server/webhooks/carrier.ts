import type { Request, Response } from 'express';
import { createHash, timingSafeEqual } from 'node:crypto';

import type { Credentials } from '../../outbound/credentials.ts';
import { respondLimited } from '../limits/respond-limited.ts';
import type { Intake } from './intake.ts';
import { accountNumber, digest, parseJson, rawBody } from './reading.ts';
import { turnAway, turnAwayUnknown } from './refuse.ts';

const service = 'carrier';

/**
 * Scans. Carriers sign nothing; they send the secret that was agreed with them, Shiprocket in a header
 * of its own choice.
 */
export async function receiveCarrier(
  intake: Intake,
  request: Request,
  response: Response,
): Promise<void> {
  const accountId = accountNumber(String(request.params.accountId));
  const given = request.get('x-waybill-carrier-secret') ?? request.get('x-api-key');
  const found = accountId && (await intake.findTarget(service, accountId, isGenuine(given)));
  if (!found) return turnAwayUnknown(intake, request, response);
  const exchange = { request, response };
  const { target } = found;
  if (!found.genuine) {
    return turnAway(intake, exchange, target, service, given ? 'wrong_signature' : 'unsigned');
  }
  const body = rawBody(request);
  if (parseJson(body) === undefined) {
    return turnAway(intake, exchange, target, service, 'not_json');
  }
  const delivery = { topic: 'scan', externalId: digest(body), body };
  const waitMs = await intake.receive(service, target, delivery);
  if (waitMs > 0) return respondLimited(response, waitMs);
  response.status(200).json({});
}

function isGenuine(given: string | undefined) {
  return ({ webhookSecret }: Credentials) =>
    typeof webhookSecret === 'string' && given !== undefined && isSame(given, webhookSecret);
}

/** Digests are of one length, so the comparison takes the same time for any guess. */
function isSame(given: string, secret: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return secret !== '' && timingSafeEqual(hash(given), hash(secret));
}
