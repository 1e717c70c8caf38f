import { createHmac } from 'node:crypto';
import { share } from '../chance.ts';
import type { Message, MessageStatus } from '../records.ts';
import type { World } from '../world.ts';

/** Numbers that end so are not on WhatsApp: accepted at first, failed with 131026 later. */
export const notOnWhatsappSuffix = '40404';

const readShare = 0.5;
/** Meta goes on for seven days; nobody watches a sandbox for longer than this. */
const tries = 10;

const failures: Record<number, { title: string; details: string }> = {
  131026: {
    title: 'Message undeliverable',
    details: 'Message Undeliverable.',
  },
  131047: {
    title: 'Re-engagement message',
    details:
      'Message failed to send because more than 24 hours have passed since the customer ' +
      'last replied to this number.',
  },
};

/** Picks up where the books say the message is, so it also serves after a restart. */
export function scheduleStatuses(world: World, message: Message): void {
  const next = plannedStatuses(world, message)[message.statuses.length];
  if (next === undefined) return;
  world.agenda.in(world.settings.messageStepMs, () => {
    if (world.books.messages.get(message.id) !== message) return;
    const status: MessageStatus = { ...next, at: world.now() };
    message.statuses.push(status);
    world.books.changed();
    pushToWebhook(world, message, statusChange(world, message, status));
    scheduleStatuses(world, message);
  });
}

function plannedStatuses(world: World, message: Message): Omit<MessageStatus, 'at'>[] {
  if (message.to.endsWith(notOnWhatsappSuffix)) return [{ status: 'failed', code: 131026 }];
  // Nobody has written to the sandbox's number, so free text is always outside the 24 hours.
  if (message.template === null) return [{ status: 'failed', code: 131047 }];
  const isRead = share(world.settings.seed, 'read', message.id) < readShare;
  const path = ['sent', 'delivered', 'read'] as const;
  return path.slice(0, isRead ? 3 : 2).map((status) => ({ status, code: null }));
}

function statusChange(world: World, message: Message, status: MessageStatus): unknown {
  const account = accountOf(world, message.phoneNumberId);
  const { callbackData } = message;
  const category = (message.category ?? 'service').toLowerCase();
  return {
    field: 'messages',
    value: {
      messaging_product: 'whatsapp',
      metadata: {
        display_phone_number: account?.displayPhoneNumber,
        phone_number_id: message.phoneNumberId,
      },
      statuses: [
        {
          id: message.id,
          status: status.status,
          timestamp: String(Math.floor(status.at / 1000)),
          recipient_id: message.to,
          ...(callbackData === null ? {} : { biz_opaque_callback_data: callbackData }),
          ...(status.code === null
            ? {
                conversation: { id: message.id.slice(-32), origin: { type: category } },
                pricing: { billable: true, pricing_model: 'PMP', type: 'regular', category },
              }
            : { errors: [errorOf(status.code)] }),
        },
      ],
    },
  };
}

function errorOf(code: number): unknown {
  const { title, details } = failures[code] ?? { title: 'Something went wrong', details: '' };
  const href = 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/';
  return { code, title, message: title, error_data: { details }, href };
}

function pushToWebhook(world: World, message: Message, change: unknown): void {
  const account = accountOf(world, message.phoneNumberId);
  if (account !== undefined) pushChange(world, account.wabaId, message.id, change);
}

/** Sends one change of a business account, signed over the bytes that are sent. */
export function pushChange(
  world: World,
  wabaId: string,
  subject: string,
  change: unknown,
  entryTime?: number,
): void {
  const { settings } = world;
  const account = settings.whatsappAccounts.find((candidate) => candidate.wabaId === wabaId);
  if (account === undefined || settings.whatsappWebhookUrl === null) return;
  const entry = [
    {
      id: wabaId,
      ...(entryTime === undefined ? {} : { time: Math.floor(entryTime / 1000) }),
      changes: [change],
    },
  ];
  const body = escapeLikeMeta(JSON.stringify({ object: 'whatsapp_business_account', entry }));
  const signature = createHmac('sha256', account.appSecret).update(body).digest('hex');
  world.webhooks.send({
    operation: 'whatsapp.webhook',
    account: account.token,
    subject,
    url: settings.whatsappWebhookUrl,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'facebookexternalua',
      'x-hub-signature-256': `sha256=${signature}`,
    },
    body,
    timeoutMs: settings.whatsappWebhookTimeoutMs,
    retryGapsMs: Array.from({ length: tries }, (_, at) => settings.whatsappRetryMs * 2 ** at),
  });
}

/** Meta escapes slashes and all beyond ASCII: whoever checks re-serialised JSON fails here. */
function escapeLikeMeta(text: string): string {
  return text
    .replace(/\//g, '\\/')
    .replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function accountOf(world: World, phoneNumberId: string) {
  return world.settings.whatsappAccounts.find((one) => one.phoneNumberId === phoneNumberId);
}
