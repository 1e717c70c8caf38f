import type { Request, Response } from 'express';

import { verifyWebhook } from '../../channels/shopify/verify-webhook.ts';
import { respondError } from '../http/respond.ts';
import type { Intake } from './intake.ts';
import { accountNumber, digest, headerText, parseJson, rawBody } from './reading.ts';

const service = 'shopify';

/** Verified over the raw body, stored raw, answered at once; a job makes an order of it. */
export async function receiveShopify(
  intake: Intake,
  request: Request,
  response: Response,
): Promise<void> {
  const storeId = accountNumber(String(request.params.storeId));
  const target = storeId && (await intake.findTarget(service, storeId));
  if (!target) return respondError(response, 404, 'NOT_FOUND', 'There is no such store.');
  const body = rawBody(request);
  const signature = request.get('x-shopify-hmac-sha256');
  const { webhookSecret } = target.credentials;
  if (typeof webhookSecret !== 'string' || !verifyWebhook(webhookSecret, body, signature)) {
    await intake.reject(target, service, signature ? 'wrong_signature' : 'unsigned');
    return respondError(response, 401, 'UNAUTHENTICATED', 'The signature is not valid.');
  }
  if (parseJson(body) === undefined) {
    await intake.reject(target, service, 'not_json');
    return respondError(response, 400, 'INVALID_INPUT', 'The body is not JSON.');
  }
  const topic = headerText(request, 'x-shopify-topic') ?? 'unknown';
  const externalId =
    headerText(request, 'x-shopify-event-id') ??
    headerText(request, 'x-shopify-webhook-id') ??
    digest(topic, body);
  await intake.receive(target, { service, topic, externalId, body });
  response.status(200).json({});
}
