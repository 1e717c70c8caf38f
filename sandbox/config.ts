import { z } from 'zod';
import type { SandboxOptions } from './options.ts';

const milliseconds = z.coerce.number().nonnegative();
const rate = z.coerce.number().min(0).max(1);
const address = z.url();

/** The environment of the command line entry; the only place in the sandbox that reads it. */
const environmentSchema = z.object({
  SANDBOX_HOST: z.string().min(1).default('127.0.0.1'),
  SANDBOX_PORT: z.coerce.number().int().min(0).max(65_535).default(4010),
  SANDBOX_SMTP_PORT: z.coerce.number().int().min(0).max(65_535).default(4011),
  SANDBOX_SEED: z.string().min(1).optional(),
  SANDBOX_LATENCY_MS: milliseconds.optional(),
  SANDBOX_LABEL_FAILURE_RATE: rate.optional(),
  SANDBOX_NDR_RATE: rate.optional(),
  SANDBOX_RTO_RATE: rate.optional(),
  SANDBOX_PARCEL_STEP_MS: milliseconds.optional(),
  SANDBOX_MESSAGE_STEP_MS: milliseconds.optional(),
  SANDBOX_TEMPLATE_REVIEW_MS: milliseconds.optional(),
  SANDBOX_INDEX_DELAY_MS: milliseconds.optional(),
  SANDBOX_WAYBILL_SETTLE_MS: milliseconds.optional(),
  SANDBOX_CARRIER_WEBHOOK_TIMEOUT_MS: milliseconds.optional(),
  SANDBOX_RATE_LIMITS: z.enum(['on', 'off']).default('on'),
  SANDBOX_CARRIER_WEBHOOK_URL: address.optional(),
  SANDBOX_BLUEDART_WEBHOOK_URL: address.optional(),
  SANDBOX_SHIPROCKET_WEBHOOK_URL: address.optional(),
  SANDBOX_WHATSAPP_WEBHOOK_URL: address.optional(),
  SANDBOX_BOOKS_FILE: z.string().min(1).optional(),
});

export function readConfig(environment: NodeJS.ProcessEnv, startedAt: number): SandboxOptions {
  // A variable that is set to nothing counts as not set.
  const given = Object.entries(environment).filter(([, value]) => value !== '');
  const parsed = environmentSchema.safeParse(Object.fromEntries(given));
  if (!parsed.success) throw new Error(`Bad settings:\n${z.prettifyError(parsed.error)}`);
  const read = parsed.data;
  const options = {
    host: read.SANDBOX_HOST,
    port: read.SANDBOX_PORT,
    smtpPort: read.SANDBOX_SMTP_PORT,
    seed: read.SANDBOX_SEED,
    latencyMs: read.SANDBOX_LATENCY_MS,
    labelFailureRate: read.SANDBOX_LABEL_FAILURE_RATE,
    ndrRate: read.SANDBOX_NDR_RATE,
    rtoRate: read.SANDBOX_RTO_RATE,
    parcelStepMs: read.SANDBOX_PARCEL_STEP_MS,
    messageStepMs: read.SANDBOX_MESSAGE_STEP_MS,
    templateReviewMs: read.SANDBOX_TEMPLATE_REVIEW_MS,
    indexDelayMs: read.SANDBOX_INDEX_DELAY_MS,
    waybillSettleMs: read.SANDBOX_WAYBILL_SETTLE_MS,
    carrierWebhookTimeoutMs: read.SANDBOX_CARRIER_WEBHOOK_TIMEOUT_MS,
    rateLimits: read.SANDBOX_RATE_LIMITS === 'on',
    carrierWebhookUrl: read.SANDBOX_CARRIER_WEBHOOK_URL,
    blueDartWebhookUrl: read.SANDBOX_BLUEDART_WEBHOOK_URL,
    shiprocketWebhookUrl: read.SANDBOX_SHIPROCKET_WEBHOOK_URL,
    whatsappWebhookUrl: read.SANDBOX_WHATSAPP_WEBHOOK_URL,
    booksFile: read.SANDBOX_BOOKS_FILE,
    firstSerial: firstSerial(startedAt),
  };
  return withoutUndefined(options);
}

/**
 * Counts from a moment that a restart cannot meet again. Without a books file the sandbox forgets
 * which waybills it gave out, but a client's database does not. The head start is a hundred numbers
 * for each second.
 */
function firstSerial(startedAt: number): number {
  const epoch = Date.UTC(2026, 0, 1);
  return Math.max(1, Math.floor((startedAt - epoch) / 10));
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(options: T): Defined<T> {
  const defined = Object.entries(options).filter(([, value]) => value !== undefined);
  // Object.fromEntries forgets the keys' types; the entries are the argument's own.
  return Object.fromEntries(defined) as Defined<T>;
}
