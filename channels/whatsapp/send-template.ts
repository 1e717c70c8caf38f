import { z } from 'zod';
import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import { graphUrl, jsonHeaders } from './account.ts';
import type { WhatsAppAccount } from './account.ts';
import { graphFailure, readJson } from './graph-failure.ts';

export interface TemplateMessage {
  /** Country code and number, digits only; a leading + is dropped. */
  to: string;
  template: string;
  /** Exactly as approved: `en` is not `en_US`. */
  language: string;
  /** Values of the body's placeholders, in order. */
  body: string[];
  header?: { type: 'text'; text: string } | { type: 'image' | 'document'; link: string };
  /** What the template's URL buttons get appended, by their place among the buttons. */
  urlButtons?: { index: number; text: string }[];
  /** Our own key; it comes back in every status of this message. At most 512 bytes. */
  callbackData: string;
}

export interface SentMessage {
  /** The only key of the message at Meta: recipient ids may be absent. */
  messageId: string;
  /** `accepted`, `held_for_quality_assessment`, `paused`; often missing. Never «delivered». */
  messageStatus: string | null;
}

export function buildSendTemplate(account: WhatsAppAccount, message: TemplateMessage): HttpRequest {
  assertSendable(message);
  const payload = {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to: message.to.replace(/^\+/, ''),
    type: 'template',
    template: {
      name: message.template,
      language: { code: message.language },
      components: componentsOf(message),
    },
    biz_opaque_callback_data: message.callbackData,
  };
  return {
    method: 'POST',
    url: graphUrl(account, `${encodeURIComponent(account.phoneNumberId)}/messages`),
    headers: jsonHeaders(account),
    body: JSON.stringify(payload),
  };
}

/** Meta refuses a parameter with line breaks, tabs or more than four spaces in a row. */
export function sanitizeParameter(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/ {5,}/g, '    ')
    .trim();
}

const textParameter = (text: string) => ({ type: 'text', text: sanitizeParameter(text) });

function componentsOf({ body, header, urlButtons = [] }: TemplateMessage): object[] {
  const buttons = urlButtons.map(({ index, text }) => ({
    type: 'button',
    sub_type: 'url',
    index: String(index),
    parameters: [textParameter(text)],
  }));
  return [
    ...(header ? [{ type: 'header', parameters: [headerParameter(header)] }] : []),
    ...(body.length > 0 ? [{ type: 'body', parameters: body.map(textParameter) }] : []),
    ...buttons,
  ];
}

function headerParameter(header: NonNullable<TemplateMessage['header']>): object {
  if (header.type === 'text') return textParameter(header.text);
  return { type: header.type, [header.type]: { link: header.link } };
}

/** Mistakes of ours, known before the call: thrown, not outcomes. */
function assertSendable({ to, body, urlButtons = [], callbackData }: TemplateMessage): void {
  if (!/^\+?[1-9]\d{7,14}$/.test(to)) throw new TypeError('to has to be a number in digits');
  const size = new TextEncoder().encode(callbackData).length;
  // Without the key a lost answer could never be matched with its message again.
  if (size < 1 || size > 512) throw new TypeError('callbackData has to have 1 to 512 bytes');
  const texts = [...body, ...urlButtons.map((button) => button.text)];
  const empty = texts.findIndex((text) => sanitizeParameter(text) === '');
  if (empty >= 0) throw new TypeError(`parameter ${empty + 1} of the template is empty`);
}

const sentSchema = z.object({
  messages: z.tuple(
    [z.object({ id: z.string().min(1), message_status: z.string().nullish().catch(null) })],
    z.unknown(),
  ),
});

/** Accepted, not delivered. Anything but a clear yes or a known code leaves open what happened. */
export function parseSendTemplate(answer: HttpAnswer): Outcome<SentMessage> {
  const parsed = sentSchema.safeParse(readJson(answer));
  if (!parsed.success || answer.status >= 300) return graphFailure(answer, 'effect');
  const [message] = parsed.data.messages;
  const messageStatus = message.message_status ?? null;
  return { kind: 'done', value: { messageId: message.id, messageStatus } };
}
