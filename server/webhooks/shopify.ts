import type { Request, Response } from 'express';

import { verifyWebhook } from '../../channels/shopify/verify-webhook.ts';
import { respondLimited } from '../limits/respond-limited.ts';
import type { Intake } from './intake.ts';
import { accountNumber, digest, headerText, parseJson, rawBody } from './reading.ts';
import { turnAway, turnAwayUnknown } from './refuse.ts';

const service = 'shopify';

/** Verified over the raw body, stored raw, answered at once; a job makes an order of it. */
export async function receiveShopify(
  intake: Intake,
  request: Request,
  response: Response,
): Promise<void> {
  const storeId = accountNumber(String(request.params.storeId));
  const target = storeId && (await intake.findTarget(service, storeId));
  if (!target) return turnAwayUnknown(intake, request, response);
  const exchange = { request, response };
  const body = rawBody(request);
  const signature = request.get('x-shopify-hmac-sha256');
  const { webhookSecret } = target.credentials;
  if (typeof webhookSecret !== 'string' || !verifyWebhook(webhookSecret, body, signature)) {
    const reason = signature ? 'wrong_signature' : 'unsigned';
    return turnAway(intake, exchange, target, service, reason);
  }
  if (parseJson(body) === undefined) {
    return turnAway(intake, exchange, target, service, 'not_json');
  }
  const waitMs = await intake.admit(service, target.accountId);
  if (waitMs > 0) return respondLimited(response, waitMs);
  const topic = headerText(request, 'x-shopify-topic') ?? 'unknown';
  const externalId =
    headerText(request, 'x-shopify-event-id') ??
    headerText(request, 'x-shopify-webhook-id') ??
    digest(topic, body);
  await intake.receive(target, { service, topic, externalId, body });
  response.status(200).json({});
}
