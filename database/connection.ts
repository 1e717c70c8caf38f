import { createHmac } from 'node:crypto';
import pg from 'pg';

/**
 * The URL with which a role logs in, made from the administrator's: same server, same database.
 * The passwords of the login roles follow from the secret, so that nothing has to be stored or
 * handed over. A URL that already names the role is left alone: somebody set its password.
 */
export function loginUrl(adminUrl: string, role: string, secret: string): string {
  const url = parseUrl(adminUrl);
  if (decodeURIComponent(url.username) === role) return adminUrl;
  url.username = role;
  url.password = rolePassword(role, secret);
  return url.href;
}

export function rolePassword(role: string, secret: string): string {
  return createHmac('sha256', secret).update(`waybill role ${role}`).digest('base64url');
}

/** The same server, another database. */
export function databaseUrl(url: string, database: string): string {
  const parsed = parseUrl(url);
  parsed.pathname = `/${encodeURIComponent(database)}`;
  return parsed.href;
}

function parseUrl(url: string): URL {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (cause) {
    // The URL itself holds a password and stays out of the message.
    throw new Error('The database URL is not a URL', { cause: withoutInput(cause) });
  }
  if (!/^postgres(ql)?:$/.test(parsed.protocol) || parsed.hostname === '') {
    throw new Error('The database URL must look like postgres://user:password@host:port/database');
  }
  return parsed;
}

function withoutInput(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'invalid URL';
}

export interface PoolOptions {
  /** What pg_stat_activity shows. */
  applicationName: string;
  max?: number | undefined;
  statementTimeoutMs?: number | undefined;
  idleInTransactionTimeoutMs?: number | undefined;
  /** Idle connections break when the server restarts; without a listener Node would end. */
  onError: (error: Error) => void;
}

export function createPool(url: string, options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: options.applicationName,
    max: options.max ?? 10,
    connectionTimeoutMillis: 10_000,
    statement_timeout: options.statementTimeoutMs ?? 30_000,
    idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs ?? 60_000,
    keepAlive: true,
  });
  pool.on('error', options.onError);
  // Of a connection in use the pool hears nothing. When it breaks between two statements of a
  // transaction, Node would end; the next statement rejects anyway.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** One connection for the length of a function. */
export async function withClient<T>(
  url: string,
  use: (client: pg.Client) => Promise<T>,
  config: pg.ClientConfig = {},
): Promise<T> {
  const client = new pg.Client({ connectionString: url, ...config });
  // An error event without a listener ends Node; the running query rejects anyway.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
