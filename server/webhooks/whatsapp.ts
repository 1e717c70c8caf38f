import type { Request, Response } from 'express';
import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

import { verifySignature } from '../../channels/whatsapp/verify-signature.ts';
import { respondError } from '../http/respond.ts';
import { clientAddress } from '../limits/client-address.ts';
import { respondLimited } from '../limits/respond-limited.ts';
import type { Intake } from './intake.ts';
import { digest, parseJson, rawBody } from './reading.ts';

const service = 'whatsapp';

export interface WhatsAppSettings {
  appSecret: string;
  verifyToken: string;
}

/** Meta asks once, when the address is registered, whether we know the token. */
export function verifyWhatsApp(
  settings: WhatsAppSettings,
  request: Request,
  response: Response,
): void {
  const { 'hub.mode': mode, 'hub.verify_token': token, 'hub.challenge': challenge } = request.query;
  const given = Buffer.from(typeof token === 'string' ? token : '');
  const expected = Buffer.from(settings.verifyToken);
  const known = given.length === expected.length && timingSafeEqual(given, expected);
  if (mode !== 'subscribe' || !known || typeof challenge !== 'string') {
    return respondError(response, 403, 'FORBIDDEN', 'The verify token is not valid.');
  }
  response.type('text/plain').send(challenge);
}

/** One address for all numbers of the app: the payload names them, and each gets the message. */
export async function receiveWhatsApp(
  intake: Intake,
  settings: WhatsAppSettings,
  request: Request,
  response: Response,
): Promise<void> {
  const body = rawBody(request);
  if (!verifySignature(settings.appSecret, body, request.get('x-hub-signature-256'))) {
    const waitMs = await intake.admitForgery(clientAddress(request));
    if (waitMs > 0) return respondLimited(response, waitMs);
    return respondError(response, 401, 'UNAUTHENTICATED', 'The signature is not valid.');
  }
  const payload = parseJson(body);
  if (payload === undefined)
    return respondError(response, 400, 'INVALID_INPUT', 'The body is not JSON.');
  for (const phoneNumberId of phoneNumbersIn(payload)) {
    const accountId = await intake.findMessageAccount(phoneNumberId);
    // The signature is that of the app and holds already.
    const found = accountId && (await intake.findTarget(service, accountId, () => true));
    // A number that is nobody's here: Meta would only repeat it.
    if (!found) continue;
    // What was stored for other numbers is stored once also when Meta sends it all again.
    const delivery = { topic: 'messages', externalId: digest(body), body };
    const waitMs = await intake.receive(service, found.target, delivery);
    if (waitMs > 0) return respondLimited(response, waitMs);
  }
  response.status(200).json({});
}

const Change = z.object({
  value: z.object({ metadata: z.object({ phone_number_id: z.string().max(64) }) }),
});
const Payload = z.object({ entry: z.array(z.object({ changes: z.array(z.unknown()) })) });

function phoneNumbersIn(payload: unknown): Set<string> {
  const changes = Payload.safeParse(payload).data?.entry.flatMap((entry) => entry.changes) ?? [];
  const numbers = changes.flatMap(
    (change) => Change.safeParse(change).data?.value.metadata.phone_number_id ?? [],
  );
  return new Set(numbers.filter((number) => !number.includes('\0')));
}
