import { z } from 'zod';

export type MessageStatus = 'sent' | 'delivered' | 'read' | 'played' | 'failed';

export interface StatusUpdate {
  messageId: string;
  status: MessageStatus;
  /** The key that we sent along; null for a message that somebody else sent. */
  callbackData: string | null;
  /** ISO 8601 in UTC. */
  at: string;
  errorCode: number | null;
  errorTitle: string | null;
}

export interface TemplateUpdate {
  name: string;
  language: string | null;
  /** APPROVED, REJECTED, PAUSED, …: Meta adds to them. */
  event: string;
}

export interface ParsedWebhook {
  statuses: StatusUpdate[];
  templateUpdates: TemplateUpdate[];
  /** How many parts were of no use to us: answers of customers, other fields, unknown statuses. */
  ignored: number;
}

const list = <T extends z.ZodType>(inner: T) => z.array(inner).catch([]);
const text = z.string().nullish().catch(null);

const changeSchema = z.object({ field: z.string().catch(''), value: z.unknown() });
const entrySchema = z.object({ changes: list(changeSchema.catch({ field: '', value: null })) });
const payloadSchema = z.object({ entry: list(entrySchema.catch({ changes: [] })) });

const statusSchema = z.object({
  id: z.string().min(1),
  status: z.enum(['sent', 'delivered', 'read', 'played', 'failed']),
  timestamp: z.union([z.string(), z.number()]).nullish().catch(null),
  biz_opaque_callback_data: text,
  errors: list(z.object({ code: z.number().nullish().catch(null), title: text })).nullish(),
});

const messagesSchema = z.object({ statuses: list(z.unknown()) });

const templateSchema = z.object({
  message_template_name: z.string().min(1),
  message_template_language: text,
  event: z.string().min(1),
});

/**
 * Meta packs several entries, changes and statuses into one call, repeats them and mixes their
 * order: each part is read by itself, and what is not known is counted, never an error.
 */
export function parseWebhook(payload: unknown, receivedAt: string): ParsedWebhook {
  const parsed: ParsedWebhook = { statuses: [], templateUpdates: [], ignored: 0 };
  const entries = payloadSchema.safeParse(payload).data?.entry ?? [];
  for (const { field, value } of entries.flatMap((entry) => entry.changes)) {
    if (field === 'messages') readStatuses(value, receivedAt, parsed);
    else if (field === 'message_template_status_update') readTemplate(value, parsed);
    else parsed.ignored += 1;
  }
  return parsed;
}

function readStatuses(value: unknown, receivedAt: string, into: ParsedWebhook): void {
  const statuses = messagesSchema.safeParse(value).data?.statuses ?? [];
  if (statuses.length === 0) into.ignored += 1;
  for (const item of statuses) {
    const status = statusSchema.safeParse(item);
    if (status.success) into.statuses.push(statusUpdate(status.data, receivedAt));
    else into.ignored += 1;
  }
}

function statusUpdate(said: z.output<typeof statusSchema>, receivedAt: string): StatusUpdate {
  const [error] = said.errors ?? [];
  return {
    messageId: said.id,
    status: said.status,
    callbackData: said.biz_opaque_callback_data ?? null,
    at: instantOf(said.timestamp ?? null) ?? receivedAt,
    errorCode: error?.code ?? null,
    errorTitle: error?.title ?? null,
  };
}

/** Seconds since 1970, as text. */
function instantOf(timestamp: string | number | null): string | null {
  if (!/^\d{9,11}$/.test(String(timestamp))) return null;
  return new Date(Number(timestamp) * 1000).toISOString();
}

function readTemplate(value: unknown, into: ParsedWebhook): void {
  const update = templateSchema.safeParse(value);
  if (!update.success) {
    into.ignored += 1;
    return;
  }
  const { message_template_name: name, message_template_language, event } = update.data;
  into.templateUpdates.push({ name, language: message_template_language ?? null, event });
}
