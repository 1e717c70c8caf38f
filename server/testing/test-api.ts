import { randomBytes } from 'node:crypto';
import { pino } from 'pino';

import { loadConfig, deriveKey, deriveKeys, type Config } from '../../config.ts';
import { encryptCredentials } from '../../outbound/credentials.ts';
import { dispatchAll } from '../../sql-tests/support/dispatch.ts';
import { createTestDatabase, type TestDatabase } from '../../sql-tests/support/database.ts';
import { addMerchant, type Merchant } from '../../sql-tests/support/merchants.ts';
import { testSecret } from '../../sql-tests/support/test-server.ts';
import { startServer, type RunningServer } from '../app.ts';
import { issueAccessToken, type Member } from '../auth/access-token.ts';

/** `data` is whatever the query asked for: each test knows its shape. */
export interface GraphQLAnswer<T = unknown> {
  status: number;
  data: T;
  errors?: { message: string; path?: unknown[]; extensions: Record<string, unknown> }[];
}

export interface TestApi {
  config: Config;
  database: TestDatabase;
  server: RunningServer;
  /** Two merchants, each with stores and an owner, a manager and a member of staff. */
  ours: Merchant;
  theirs: Merchant;
  /** An access token of a new session. */
  tokenOf(merchant: Merchant, role?: Member['role'], lifetimeSeconds?: number): Promise<string>;
  graphql<T>(
    token: string | undefined,
    query: string,
    variables?: object,
  ): Promise<GraphQLAnswer<T>>;
  /** What the dispatcher does all the time: wakes the subscriptions. */
  dispatch(): Promise<void>;
  seal(merchant: Merchant, service: string, accountId: number, credentials: object): Promise<void>;
  close(): Promise<void>;
}

/** What a server in production needs to be told. */
export const productionEnvironment = {
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://waybill.example',
  WHATSAPP_APP_SECRET: 'secret of a test',
  WHATSAPP_VERIFY_TOKEN: 'token of a test',
};

const openSession = `select app_private.open_session($1, $2, $3, '30 days', 'a test') as id`;

/**
 * A server on a database of its own, as its own roles and on a free port; with settings of its own,
 * if the test is about them.
 */
export async function startTestApi(
  settings: Record<string, string> = {},
  dashboardDirectory = `/nowhere-${randomBytes(4).toString('hex')}`,
): Promise<TestApi> {
  const database = await createTestDatabase();
  const config = loadConfig({
    NODE_ENV: 'test',
    WAYBILL_SECRET: testSecret.padEnd(32, '.'),
    DATABASE_URL: database.serverUrl,
    ...settings,
  });
  // The test server's roles have the passwords of the test secret, which is shorter than ours may
  // be.
  const server = await startServer(
    { ...config, secret: testSecret, databaseUrl: database.url, databaseDirectUrl: database.url },
    {
      port: 0,
      logger: pino({ level: 'silent' }),
      dashboardDirectory,
    },
  );
  const used = { ...config, secret: testSecret };
  const [ours, theirs] = [
    await addMerchant(database.pool, 'Kochi Cotton'),
    await addMerchant(database.pool, 'Other'),
  ];
  return {
    config: used,
    database,
    server,
    ours,
    theirs,
    async tokenOf(merchant, role = 'owner', lifetimeSeconds) {
      const { rows } = await database.pool.query<{ id: string }>(openSession, [
        merchant.id,
        merchant[role],
        randomBytes(32),
      ]);
      const member = {
        memberId: merchant[role],
        merchantId: merchant.id,
        sessionId: rows[0]?.id ?? '',
        role,
        name: role,
      };
      return issueAccessToken(deriveKeys(used, 'jwt'), member, lifetimeSeconds);
    },
    graphql: (token, query, variables) => post(server.url, token, query, variables),
    async dispatch() {
      await dispatchAll(database.pool);
    },
    async seal(merchant, service, accountId, credentials) {
      const sealed = encryptCredentials(deriveKey(used, 'credentials'), credentials);
      await database.pool.query(
        `insert into app_private.secrets (merchant_id, service, account_id, ciphertext)
         values ($1, $2, $3, $4)`,
        [merchant.id, service, accountId, sealed],
      );
    },
    async close() {
      await server.close();
      await database.drop();
    },
  };
}

async function post<T>(
  url: string,
  token: string | undefined,
  query: string,
  variables?: object,
): Promise<GraphQLAnswer<T>> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    body: JSON.stringify({ query, variables }),
  });
  const answer = (await response.json()) as Omit<GraphQLAnswer<T>, 'status'>;
  return { ...answer, status: response.status };
}

/** The code of an answer's first error. */
export function codeOf(answer: GraphQLAnswer): unknown {
  return answer.errors?.[0]?.extensions.code;
}
