/**
 * The only file that reads the environment. Every setting is parsed once; a missing one is refused by
 * name. Outside production there are defaults for a demo on this machine; in production there are none
 * for secrets, for the database or for the public address.
 */
import { hkdfSync } from 'node:crypto';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65535);
const url = z.url();

const Environment = z.object({
  NODE_ENV: z.enum(['production', 'development', 'test']).default('development'),
  WAYBILL_SECRET: z.string().min(32, 'needs at least 32 characters').optional(),
  WAYBILL_DATA_DIR: z.string().default('.waybill'),
  DATABASE_URL: url.optional(),
  DATABASE_DIRECT_URL: url.optional(),
  HOST: z.string().default('127.0.0.1'),
  PORT: port.default(4000),
  PUBLIC_URL: url.optional(),
  SANDBOX_PORT: port.default(4010),
  WORKER_PROCESSES: z.coerce.number().int().min(1).max(64).default(2),
  WORKER_CONCURRENCY: z.coerce.number().int().min(1).max(100).default(10),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
  DELHIVERY_BASE_URL: url.optional(),
  WHATSAPP_BASE_URL: url.optional(),
  WHATSAPP_APP_SECRET: z.string().optional(),
  WHATSAPP_VERIFY_TOKEN: z.string().optional(),
});

type Settings = z.infer<typeof Environment>;

export interface Config {
  production: boolean;
  /** Root of all keys; see {@link deriveKey}. */
  secret: string;
  dataDir: string;
  /** Pooled; host, port and database are used, with the login of each process's own role. */
  databaseUrl: string;
  /** Unpooled: listen, workers, migrations, advisory locks. */
  databaseDirectUrl: string;
  host: string;
  port: number;
  publicUrl: string;
  sandboxPort: number;
  workerProcesses: number;
  workerConcurrency: number;
  logLevel: Settings['LOG_LEVEL'];
  /** Where a service is reached when its account says nothing else. */
  baseUrls: { delhivery: string; whatsapp: string };
  whatsapp: { appSecret: string; verifyToken: string };
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
    dataDir: settings.WAYBILL_DATA_DIR,
    databaseUrl,
    databaseDirectUrl: settings.DATABASE_DIRECT_URL ?? databaseUrl,
    host: settings.HOST,
    port: settings.PORT,
    publicUrl: setting('PUBLIC_URL', settings.PUBLIC_URL, `http://127.0.0.1:${settings.PORT}`),
    sandboxPort: settings.SANDBOX_PORT,
    workerProcesses: settings.WORKER_PROCESSES,
    workerConcurrency: settings.WORKER_CONCURRENCY,
    logLevel: settings.LOG_LEVEL,
    baseUrls: {
      delhivery:
        settings.DELHIVERY_BASE_URL ??
        (production ? 'https://track.delhivery.com' : `${sandboxUrl}/delhivery`),
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

/** One root secret, a separate 32-byte key for each purpose (HKDF-SHA256). */
export function deriveKey(
  config: Pick<Config, 'secret'>,
  purpose: 'jwt' | 'credentials' | 'links' | 'streams',
): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', config.secret, '', `waybill ${purpose}`, 32));
}
