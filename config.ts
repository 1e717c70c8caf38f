/**
 * The only file that reads the environment. Every setting is parsed once; a missing one is refused by
 * name. Outside production there are defaults for a demo on this machine; in production there are none
 * for secrets, for the database or for the public address.
 */
import { hkdfSync } from 'node:crypto';
import { isIP } from 'node:net';
import { z } from 'zod';

import { smtpServer, type SmtpServer } from './outbound/smtp-server.ts';
import { RateLimit, rateLimitDefaults, type RateLimits } from './rate-limits.ts';

const port = z.coerce.number().int().min(0).max(65535);
const url = z.url();
const days = z.coerce.number().int().min(1).max(3_650);
const milliseconds = z.coerce.number().int().min(100).max(600_000);

const secret = z.string().min(32, 'needs at least 32 characters');

/** Comma-separated, without what is blank. */
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

const smtpForm = 'needs a form like smtp://name:password@host:587 or smtps://host';

/** A number of hops, or the addresses that proxies have. Not `true`: anybody could then claim any address. */
const trustProxy = z.union([
  z
    .string()
    .regex(/^\d{1,2}$/)
    .transform(Number),
  list.refine(
    (parts) => parts.every(isProxy),
    'needs a number of hops, or addresses, networks, loopback, linklocal, uniquelocal',
  ),
]);

function isProxy(part: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(part)) return true;
  const [address = '', bits = '0', ...more] = part.split('/');
  return isIP(address) !== 0 && /^\d{1,3}$/.test(bits) && more.length === 0;
}

const Environment = z.object({
  NODE_ENV: z.enum(['production', 'development', 'test']).default('development'),
  WAYBILL_SECRET: secret.optional(),
  WAYBILL_PREVIOUS_SECRETS: list.pipe(z.array(secret)).default([]),
  WAYBILL_DATA_DIR: z.string().default('.waybill'),
  DATABASE_URL: url.optional(),
  DATABASE_DIRECT_URL: url.optional(),
  HOST: z.string().default('127.0.0.1'),
  PORT: port.default(4000),
  PUBLIC_URL: url.optional(),
  TRUST_PROXY: trustProxy.optional(),
  SANDBOX_PORT: port.default(4010),
  WORKER_PROCESSES: z.coerce.number().int().min(1).max(64).default(2),
  WORKER_CONCURRENCY: z.coerce.number().int().min(1).max(100).default(10),
  GRAPHQL_COST_LIMIT: z.coerce.number().int().min(100).max(10_000_000).default(25_000),
  GRAPHQL_STATEMENT_TIMEOUT_MS: milliseconds.default(8_000),
  GRAPHQL_REQUEST_TIMEOUT_MS: milliseconds.default(14_000),
  GRAPHQL_INTROSPECTION: z.stringbool().optional(),
  GRAPHQL_KNOWN_OPERATIONS_ONLY: z.stringbool().default(false),
  GRAPHQL_OPERATIONS_DIR: z.string().optional(),
  KEEP_CALLS_DAYS: days.default(90),
  KEEP_WEBHOOKS_DAYS: days.default(90),
  METRICS_TOKEN: z.string().min(16, 'needs at least 16 characters').optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
  SANDBOX_SMTP_PORT: port.default(4011),
  SMTP_URL: url.refine((text) => smtpServer(text) !== null, smtpForm).optional(),
  MAIL_FROM: z.email('needs an e-mail address').optional(),
  DELHIVERY_BASE_URL: url.optional(),
  SHIPROCKET_BASE_URL: url.optional(),
  BLUEDART_BASE_URL: url.optional(),
  WHATSAPP_BASE_URL: url.optional(),
  WHATSAPP_APP_SECRET: z.string().optional(),
  WHATSAPP_VERIFY_TOKEN: z.string().optional(),
  RATE_LIMIT_LOGIN_ADDRESS: RateLimit.default(rateLimitDefaults.loginAddress),
  RATE_LIMIT_LOGIN_ACCOUNT: RateLimit.default(rateLimitDefaults.loginAccount),
  RATE_LIMIT_LOGIN_PRESSURE: RateLimit.default(rateLimitDefaults.loginPressure),
  RATE_LIMIT_LOGIN_DEVICE: RateLimit.default(rateLimitDefaults.loginDevice),
  RATE_LIMIT_REFRESH_ADDRESS: RateLimit.default(rateLimitDefaults.refreshAddress),
  RATE_LIMIT_INVITATION_ADDRESS: RateLimit.default(rateLimitDefaults.invitationAddress),
  RATE_LIMIT_PASSWORD_CHANGE: RateLimit.default(rateLimitDefaults.passwordChange),
  RATE_LIMIT_WEBHOOK_ACCOUNT: RateLimit.default(rateLimitDefaults.webhookAccount),
  RATE_LIMIT_WEBHOOK_FORGERY: RateLimit.default(rateLimitDefaults.webhookForgery),
  RATE_LIMIT_TRACKING_MISS: RateLimit.default(rateLimitDefaults.trackingMiss),
  RATE_LIMIT_CONNECTION_CHECK: RateLimit.default(rateLimitDefaults.connectionCheck),
  RATE_LIMIT_PAPER_ADDRESS: RateLimit.default(rateLimitDefaults.paperAddress),
  RATE_LIMIT_PAPER_LINK: RateLimit.default(rateLimitDefaults.paperLink),
});

type Settings = z.infer<typeof Environment>;

/** How much one GraphQL request may do; docs/api.md explains the cost. */
export interface GraphQLLimits {
  /** The largest cost of an operation; see operation-cost.ts. */
  costLimit: number;
  /** Of one SQL statement, each of which reads all that a root field needs. */
  statementTimeoutMs: number;
  /** Until a request over HTTP is answered, whatever still runs. */
  requestTimeoutMs: number;
  /** Clients may ask for the schema, and are told what they may have meant. */
  introspection: boolean;
  /** Only the operations of the dashboard and of `operationsDir` are run. */
  knownOperationsOnly: boolean;
  /** Folder of an operator's own *.graphql documents. */
  operationsDir: string | undefined;
}

export interface Config {
  production: boolean;
  /** Root of all keys; see {@link deriveKey}. */
  secret: string;
  /** What it was before: still good for reading, never for writing. */
  previousSecrets: readonly string[];
  dataDir: string;
  /** Pooled; host, port and database are used, with the login of each process's own role. */
  databaseUrl: string;
  /** Unpooled: listen, workers, migrations, advisory locks. */
  databaseDirectUrl: string;
  host: string;
  port: number;
  publicUrl: string;
  /** Express' `trust proxy`; undefined: the peer of the connection is the client. */
  trustProxy: number | string[] | undefined;
  sandboxPort: number;
  sandboxSmtpPort: number;
  /** Undefined: no mail is sent, and nothing that would be sent by mail is planned. */
  mail: { server: SmtpServer; from: string } | undefined;
  workerProcesses: number;
  workerConcurrency: number;
  /** Days. */
  keep: { calls: number; webhooks: number };
  logLevel: Settings['LOG_LEVEL'];
  graphql: GraphQLLimits;
  /** What a scraper of /metrics sends; without it there is no /metrics in production. */
  metricsToken: string | undefined;
  /** Where a service is reached when its account says nothing else. */
  baseUrls: { delhivery: string; shiprocket: string; bluedart: string; whatsapp: string };
  whatsapp: { appSecret: string; verifyToken: string };
  rateLimits: RateLimits;
}

/** A setting that is missing or wrong; the message names it. */
export class ConfigError extends Error {}

/** What `npm start` fills in where a demo may have defaults: never in production. */
export interface DemoDefaults {
  secret: string;
  databaseUrl: string;
}

export function parseEnvironment(env: NodeJS.ProcessEnv): Settings {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = Environment.safeParse(present);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new ConfigError(`These settings are wrong:\n  ${lines.join('\n  ')}`);
}

export function loadConfig(env: NodeJS.ProcessEnv, demo?: DemoDefaults): Config {
  const settings = parseEnvironment(env);
  const production = settings.NODE_ENV === 'production';
  const missing: string[] = [];
  const setting = (name: keyof Settings, value: string | undefined, fallback?: string): string => {
    if (value !== undefined) return value;
    if (!production && fallback !== undefined) return fallback;
    missing.push(name);
    return '';
  };
  const sandboxUrl = `http://127.0.0.1:${settings.SANDBOX_PORT}`;
  const databaseUrl = setting('DATABASE_URL', settings.DATABASE_URL, demo?.databaseUrl);
  const config: Config = {
    production,
    secret: setting('WAYBILL_SECRET', settings.WAYBILL_SECRET, demo?.secret),
    previousSecrets: settings.WAYBILL_PREVIOUS_SECRETS,
    dataDir: settings.WAYBILL_DATA_DIR,
    databaseUrl,
    databaseDirectUrl: settings.DATABASE_DIRECT_URL ?? databaseUrl,
    host: settings.HOST,
    port: settings.PORT,
    publicUrl: setting('PUBLIC_URL', settings.PUBLIC_URL, `http://127.0.0.1:${settings.PORT}`),
    trustProxy: settings.TRUST_PROXY,
    sandboxPort: settings.SANDBOX_PORT,
    sandboxSmtpPort: settings.SANDBOX_SMTP_PORT,
    mail: mailOf(settings, setting),
    workerProcesses: settings.WORKER_PROCESSES,
    workerConcurrency: settings.WORKER_CONCURRENCY,
    keep: { calls: settings.KEEP_CALLS_DAYS, webhooks: settings.KEEP_WEBHOOKS_DAYS },
    logLevel: settings.LOG_LEVEL,
    graphql: {
      costLimit: settings.GRAPHQL_COST_LIMIT,
      statementTimeoutMs: settings.GRAPHQL_STATEMENT_TIMEOUT_MS,
      requestTimeoutMs: settings.GRAPHQL_REQUEST_TIMEOUT_MS,
      introspection: settings.GRAPHQL_INTROSPECTION ?? !production,
      knownOperationsOnly: settings.GRAPHQL_KNOWN_OPERATIONS_ONLY,
      operationsDir: settings.GRAPHQL_OPERATIONS_DIR,
    },
    metricsToken: settings.METRICS_TOKEN,
    baseUrls: {
      delhivery:
        settings.DELHIVERY_BASE_URL ??
        (production ? 'https://track.delhivery.com' : `${sandboxUrl}/delhivery`),
      shiprocket:
        settings.SHIPROCKET_BASE_URL ??
        (production
          ? 'https://apiv2.shiprocket.in/v1/external'
          : `${sandboxUrl}/shiprocket/v1/external`),
      bluedart:
        settings.BLUEDART_BASE_URL ??
        (production
          ? 'https://apigateway.bluedart.com/in/transportation'
          : `${sandboxUrl}/bluedart`),
      whatsapp:
        settings.WHATSAPP_BASE_URL ??
        (production ? 'https://graph.facebook.com' : `${sandboxUrl}/whatsapp`),
    },
    whatsapp: {
      appSecret: setting(
        'WHATSAPP_APP_SECRET',
        settings.WHATSAPP_APP_SECRET,
        'sandbox-whatsapp-app-secret',
      ),
      verifyToken: setting(
        'WHATSAPP_VERIFY_TOKEN',
        settings.WHATSAPP_VERIFY_TOKEN,
        'sandbox-verify-token',
      ),
    },
    rateLimits: rateLimitsOf(settings),
  };
  if (missing.length > 0) {
    throw new ConfigError(`These settings are missing: ${missing.join(', ')}`);
  }
  return config;
}

/** For the entry of a process: a wrong setting is one clear line, not a stack. */
export function loadConfigOrExit(env: NodeJS.ProcessEnv): Config {
  try {
    return loadConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

/** The demo's mail goes to the sandbox; tests that are not about mail have none. */
function mailOf(
  settings: Settings,
  setting: (name: keyof Settings, value: string | undefined, fallback?: string) => string,
): Config['mail'] {
  const demo = settings.NODE_ENV === 'development';
  const text =
    settings.SMTP_URL ?? (demo ? `smtp://127.0.0.1:${settings.SANDBOX_SMTP_PORT}` : undefined);
  const server = text === undefined ? null : smtpServer(text);
  if (server === null) return undefined;
  return { server, from: setting('MAIL_FROM', settings.MAIL_FROM, 'waybill@localhost.example') };
}

function rateLimitsOf(settings: Settings): RateLimits {
  return {
    loginAddress: settings.RATE_LIMIT_LOGIN_ADDRESS,
    loginAccount: settings.RATE_LIMIT_LOGIN_ACCOUNT,
    loginPressure: settings.RATE_LIMIT_LOGIN_PRESSURE,
    loginDevice: settings.RATE_LIMIT_LOGIN_DEVICE,
    refreshAddress: settings.RATE_LIMIT_REFRESH_ADDRESS,
    invitationAddress: settings.RATE_LIMIT_INVITATION_ADDRESS,
    passwordChange: settings.RATE_LIMIT_PASSWORD_CHANGE,
    webhookAccount: settings.RATE_LIMIT_WEBHOOK_ACCOUNT,
    webhookForgery: settings.RATE_LIMIT_WEBHOOK_FORGERY,
    trackingMiss: settings.RATE_LIMIT_TRACKING_MISS,
    connectionCheck: settings.RATE_LIMIT_CONNECTION_CHECK,
    paperAddress: settings.RATE_LIMIT_PAPER_ADDRESS,
    paperLink: settings.RATE_LIMIT_PAPER_LINK,
  };
}

export type KeyPurpose = 'jwt' | 'credentials' | 'links' | 'refresh' | 'streams' | 'subjects';

/** One root secret, a separate 32-byte key for each purpose (HKDF-SHA256). */
export function deriveKey(config: Pick<Config, 'secret'>, purpose: KeyPurpose): Uint8Array {
  return keyOf(config.secret, purpose);
}

/** The key that is written with, and after it those that may still have to be read with. */
export type KeyRing = readonly [current: Uint8Array, ...previous: Uint8Array[]];

export function deriveKeys(
  config: Pick<Config, 'secret' | 'previousSecrets'>,
  purpose: KeyPurpose,
): KeyRing {
  return [
    keyOf(config.secret, purpose),
    ...config.previousSecrets.map((previous) => keyOf(previous, purpose)),
  ];
}

/** Derived once: credentials are opened with every call to a carrier. */
const derived = new Map<string, Uint8Array>();

function keyOf(root: string, purpose: KeyPurpose): Uint8Array {
  const name = `${purpose} ${root}`;
  let key = derived.get(name);
  if (key === undefined) {
    key = new Uint8Array(hkdfSync('sha256', root, '', `waybill ${purpose}`, 32));
    derived.set(name, key);
  }
  return key;
}
