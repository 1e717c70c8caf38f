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
  const body = rawBody(request);
  const signature = request.get('x-shopify-hmac-sha256');
  const found =
    storeId &&
    (await intake.findTarget(
      service,
      storeId,
      ({ webhookSecret }) =>
        typeof webhookSecret === 'string' && verifyWebhook(webhookSecret, body, signature),
    ));
  if (!found) return turnAwayUnknown(intake, request, response);
  const exchange = { request, response };
  const { target } = found;
  if (!found.genuine) {
    const reason = signature ? 'wrong_signature' : 'unsigned';
    return turnAway(intake, exchange, target, service, reason);
  }
  if (parseJson(body) === undefined) {
    return turnAway(intake, exchange, target, service, 'not_json');
  }
  const topic = headerText(request, 'x-shopify-topic') ?? 'unknown';
  const externalId =
    headerText(request, 'x-shopify-event-id') ??
    headerText(request, 'x-shopify-webhook-id') ??
    digest(topic, body);
  const waitMs = await intake.receive(service, target, { topic, externalId, body });
  if (waitMs > 0) return respondLimited(response, waitMs);
  response.status(200).json({});
}
