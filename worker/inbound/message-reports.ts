import { parseWebhook } from '../../channels/whatsapp/parse-webhook.ts';
import type { Processor } from './messages.ts';

/** WhatsApp's reports about messages that were sent: on their way, delivered, read, failed. */
export const processMessageReports: Processor = async (messages, { db }) => {
  const merchantId = messages[0]?.merchantId;
  const reports = messages.flatMap(({ payload, receivedAt }) =>
    parseWebhook(payload, receivedAt.toISOString()).statuses.flatMap((status) => {
      const [merchant, messageId] = (status.callbackData ?? '').split(':');
      if (Number(merchant) !== merchantId || messageId === undefined) return [];
      return {
        message_id: messageId,
        provider_message_id: status.messageId,
        status: status.status === 'played' ? 'read' : status.status,
        at: status.at,
        error_code: status.errorCode,
      };
    }),
  );
  await db.query(
    'select app_private.record_message_statuses($1, $2), app_private.settle_messages($1, $3)',
    [merchantId, JSON.stringify(reports), JSON.stringify(messages.map(({ id }) => ({ id })))],
  );
};
