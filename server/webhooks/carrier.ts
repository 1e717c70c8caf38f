import type { Request, Response } from 'express';
import { createHash, timingSafeEqual } from 'node:crypto';

import { respondError } from '../http/respond.ts';
import type { Intake } from './intake.ts';
import { accountNumber, digest, parseJson, rawBody } from './reading.ts';

const service = 'carrier';

/** Scans. Carriers sign nothing; they send the secret that was agreed with them. */
export async function receiveCarrier(
  intake: Intake,
  request: Request,
  response: Response,
): Promise<void> {
  const accountId = accountNumber(String(request.params.accountId));
  const target = accountId && (await intake.findTarget(service, accountId));
  if (!target) return respondError(response, 404, 'NOT_FOUND', 'There is no such account.');
  const given = request.get('x-waybill-carrier-secret');
  const { webhookSecret } = target.credentials;
  if (typeof webhookSecret !== 'string' || !given || !isSame(given, webhookSecret)) {
    await intake.reject(target, service, given ? 'wrong_signature' : 'unsigned');
    return respondError(response, 401, 'UNAUTHENTICATED', 'The secret is not valid.');
  }
  const body = rawBody(request);
  if (parseJson(body) === undefined) {
    await intake.reject(target, service, 'not_json');
    return respondError(response, 400, 'INVALID_INPUT', 'The body is not JSON.');
  }
  await intake.receive(target, { service, topic: 'scan', externalId: digest(body), body });
  response.status(200).json({});
}

/** Digests are of one length, so the comparison takes the same time for any guess. */
function isSame(given: string, secret: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return secret !== '' && timingSafeEqual(hash(given), hash(secret));
}
