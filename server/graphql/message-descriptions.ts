/** Of messages to customers; see descriptions.ts. */
export const messageDescriptions: Readonly<Record<string, string>> = {
  '!Message': 'A message to a customer about an order.',
  '!Message.kind': 'What it tells.',
  '!Message.status': 'How far it is.',
  'Message.deliveredAt': 'When it reached the customer’s phone.',
  'Message.providerMessageId': 'WhatsApp’s own id of it.',
  'Message.readAt': 'When the customer opened it.',
  'Message.sentAt': 'When the service took it.',
  'Message.template': 'The name of its template.',
  '!MessageTemplate': 'A WhatsApp template, with its approval as last synced.',
  'MessageTemplate.body': 'Its text; {{1}}, {{2}}, … are filled in.',
  '!MessageTemplate.messageKind': 'What it tells.',
  'MessageTemplate.name': 'Its name at WhatsApp.',
  'MessageTemplate.syncedAt': 'When its approval was last asked for.',
};
