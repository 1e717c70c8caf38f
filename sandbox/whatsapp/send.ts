import { z } from 'zod';
import type { WhatsappAccount } from '../accounts.ts';
import { hexOf } from '../chance.ts';
import { json, objectIn, textOf } from '../exchange.ts';
import type { Answer, Call } from '../exchange.ts';
import type { Message } from '../records.ts';
import type { World } from '../world.ts';
import { accessTo } from './access.ts';
import { graphError } from './errors.ts';
import { scheduleStatuses } from './statuses.ts';
import { bodyTexts, refuseParameters, sentComponentsSchema } from './template-check.ts';
import type { Template } from './template-shape.ts';
import { findTemplate } from './templates.ts';

const callbackDataBytes = 512;
const messagesPerSecond = 80;
/** One message per 6 s to the same person, 45 of them borrowed from the future. */
const pairBurst = 45;
const pairRefillMs = 6000;

const sentTemplateSchema = z.looseObject({
  name: z.string().min(1),
  language: z.looseObject({ code: z.string().min(1) }),
  components: sentComponentsSchema.optional(),
});

type Content = Pick<Message, 'template' | 'language' | 'category' | 'parameters'>;

/** `POST /v24.0/{phone_number_id}/messages`: no idempotency key, each accepted call sends. */
export function sendMessage(world: World, call: Call, match: RegExpExecArray): Answer {
  const phoneNumberId = match[1] ?? '';
  const access = accessTo(world, call, phoneNumberId, (account) => account.phoneNumberId);
  if ('refusal' in access) return access.refusal;
  const body = objectIn(call.body);
  if (body === null) return graphError(100, 'The request body is not a JSON object');

  const refusal = refuseEnvelope(body, access.account);
  if (refusal !== null) return refusal;
  const content = contentOf(world, access.account, body);
  if ('body' in content) return content;

  if (call.draw.colours.has('low_balance')) return graphError(131042, 'Payment method is missing');
  const to = recipientIn(body);
  const limited = refuseByLimit(world, phoneNumberId, to);
  if (limited !== null) return limited;
  const message = accept(world, phoneNumberId, body, content);
  scheduleStatuses(world, message);
  return json({
    messaging_product: 'whatsapp',
    contacts: [{ input: textOf(body, 'to'), wa_id: to }],
    messages: [{ id: message.id, message_status: 'accepted' }],
  });
}

function refuseEnvelope(body: Record<string, unknown>, account: WhatsappAccount): Answer | null {
  if (body['messaging_product'] !== 'whatsapp') {
    return graphError(100, 'The parameter messaging_product is required.');
  }
  const recipientType = body['recipient_type'];
  if (recipientType !== undefined && recipientType !== 'individual') {
    return graphError(100, 'Param recipient_type must be one of {INDIVIDUAL}');
  }
  if (textOf(body, 'to') === '') return graphError(131008, 'The parameter to is required.');
  const to = recipientIn(body);
  // Without a country code the number is somebody else's or nobody's.
  if (!/^[1-9]\d{10,14}$/.test(to)) return graphError(131009, 'Parameter to is not a phone number');
  if (to === account.displayPhoneNumber) {
    return graphError(131021, 'Recipient phone number cannot be sender phone number');
  }
  const callbackData = body['biz_opaque_callback_data'];
  if (callbackData === undefined) return null;
  if (typeof callbackData === 'string' && Buffer.byteLength(callbackData) <= callbackDataBytes) {
    return null;
  }
  return graphError(
    131009,
    `biz_opaque_callback_data must be a string of at most ${callbackDataBytes} bytes`,
  );
}

function recipientIn(body: Record<string, unknown>): string {
  return textOf(body, 'to').replace(/^\+/, '');
}

function contentOf(
  world: World,
  account: WhatsappAccount,
  body: Record<string, unknown>,
): Content | Answer {
  const type = body['type'] ?? 'text';
  if (type === 'text') return { template: null, language: null, category: null, parameters: [] };
  if (type !== 'template') return graphError(131051, `Message type ${JSON.stringify(type)}`);
  const sent = sentTemplateSchema.safeParse(body['template']);
  if (!sent.success) {
    return graphError(100, `Invalid template: ${sent.error.issues[0]?.path.join('.') ?? ''}`);
  }
  const { name, language, components = [] } = sent.data;
  const template = findTemplate(world, account.wabaId, name, language.code);
  const refusal = refuseStatus(template, name, language.code);
  if (refusal !== null) return refusal;
  if (template === undefined) return graphError(132001, 'template gone');
  const parameters = bodyTexts(components);
  return (
    refuseParameters(template, components) ?? {
      template: name,
      language: language.code,
      category: template.category,
      parameters,
    }
  );
}

function refuseStatus(template: Template | undefined, name: string, code: string): Answer | null {
  if (template?.status === 'APPROVED') return null;
  if (template?.status === 'PAUSED') return graphError(132015, `template (${name}) is paused`);
  if (template?.status === 'DISABLED') return graphError(132016, `template (${name}) is disabled`);
  return graphError(132001, `template name (${name}) does not exist in ${code}`);
}

function refuseByLimit(world: World, phoneNumberId: string, to: string): Answer | null {
  const waitMs = world.limits.takeFromWindow(`whatsapp ${phoneNumberId}`, messagesPerSecond, 1000);
  if (waitMs > 0) {
    return graphError(
      130429,
      'Message failed to send because there were too many messages ' +
        'sent from this phone number in a short period of time',
    );
  }
  const pair = `whatsapp ${phoneNumberId} ${to}`;
  if (world.limits.takeFromBucket(pair, pairBurst, pairRefillMs)) return null;
  return graphError(
    131056,
    'Message failed to send because there were too many messages sent ' +
      'from this phone number to the same phone number in a short period of time.',
    2494055,
  );
}

function accept(
  world: World,
  phoneNumberId: string,
  body: Record<string, unknown>,
  content: Content,
): Message {
  const serial = world.books.nextSerial();
  const callbackData = body['biz_opaque_callback_data'];
  const secret = hexOf(world.settings.seed, 'wamid', serial).slice(0, 32).toUpperCase();
  const to = recipientIn(body);
  const inside = `\x1c\x18${String.fromCharCode(to.length)}${to}\x15\x02\0\x11\x18\x12${secret}\0`;
  const id = `wamid.${Buffer.from(inside).toString('base64')}`;
  const message: Message = {
    ...content,
    id,
    phoneNumberId,
    to,
    type: typeof body['type'] === 'string' ? body['type'] : 'text',
    callbackData: typeof callbackData === 'string' ? callbackData : null,
    acceptedAt: world.now(),
    statuses: [],
  };
  world.books.messages.set(id, message);
  world.books.changed();
  return message;
}
