import type { Request, Response } from 'express';
import { createHash, timingSafeEqual } from 'node:crypto';

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
  const target = accountId && (await intake.findTarget(service, accountId));
  if (!target) return turnAwayUnknown(intake, request, response);
  const exchange = { request, response };
  const given = request.get('x-waybill-carrier-secret') ?? request.get('x-api-key');
  const { webhookSecret } = target.credentials;
  if (typeof webhookSecret !== 'string' || !given || !isSame(given, webhookSecret)) {
    return turnAway(intake, exchange, target, service, given ? 'wrong_signature' : 'unsigned');
  }
  const body = rawBody(request);
  if (parseJson(body) === undefined) {
    return turnAway(intake, exchange, target, service, 'not_json');
  }
  const waitMs = await intake.admit(service, target.accountId);
  if (waitMs > 0) return respondLimited(response, waitMs);
  await intake.receive(target, { service, topic: 'scan', externalId: digest(body), body });
  response.status(200).json({});
}

/** Digests are of one length, so the comparison takes the same time for any guess. */
function isSame(given: string, secret: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return secret !== '' && timingSafeEqual(hash(given), hash(secret));
}
