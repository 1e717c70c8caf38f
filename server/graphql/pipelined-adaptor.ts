/**
 * How Grafast talks to PostgreSQL: each statement with its role and claims around it, all sent at once.
 *
 * The adaptor of @dataplan/pg waits for an answer four times (begin, settings, statement, commit); round
 * trips cost more than what is done in them. Here the four go out together and the answers are read in
 * their order. Nothing is lost by it: a statement that fails aborts the transaction, and its commit is then
 * answered with a rollback. Were begin itself to fail, the statement would run as waybill_server, which may
 * do nothing but become a member.
 *
 * So each query() is a transaction of its own. What belongs together takes withTransaction().
 */
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { makePgService } from 'postgraphile/adaptors/pg';
import * as adaptor from 'postgraphile/@dataplan/pg/adaptors/pg';
import type { PgClient, WithPgClient } from 'postgraphile/@dataplan/pg';

type Client = adaptor.NodePostgresPgClient;
type Settings = Record<string, string | undefined>;
type Service = GraphileConfig.PgServiceConfiguration<'@dataplan/pg/adaptors/pg'>;

/** The pool must have been made with `pipeline: true`: without it the four wait for one another. */
export function pipelinedService(pool: pg.Pool, schemas: string[]): Service {
  return {
    ...makePgService({ pool, schemas, pubsub: false }),
    adaptor: { ...adaptor, createWithPgClient: () => withPipelinedClient(pool) },
  };
}

function withPipelinedClient(pool: pg.Pool): WithPgClient<Client> {
  const withClient = adaptor.makePgAdaptorWithPgClient(pool);
  // Without settings (introspection) there is no role to take, and no transaction.
  const own: WithPgClient<Client> = (settings, callback) =>
    withClient(null, (client) => callback(settings ? pipelined(client, settings) : client));
  own.release = () => withClient.release?.();
  return own;
}

function pipelined(client: Client, settings: Settings): Client {
  const setSettings = settingsStatement(settings);
  return {
    rawClient: client.rawClient,
    query: async (statement) => {
      const [, , answer] = await allOrFirstError([
        client.query({ text: 'begin' }),
        client.query(setSettings),
        client.query<never>({ ...statement, name: statement.name ?? nameOf(statement.text) }),
        client.query({ text: 'commit' }),
      ]);
      return answer;
    },
    withTransaction: (callback) =>
      client.withTransaction(async (transaction) => {
        const [, result] = await allOrFirstError([
          transaction.query(setSettings),
          callback(transaction),
        ]);
        return result;
      }),
  };
}

/** Waits for all of them, also when one fails: a connection goes back only when it is quiet. */
async function allOrFirstError<T extends readonly unknown[]>(
  started: readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  await Promise.allSettled(started);
  // The first that failed is why those after it did.
  return Promise.all(started) as unknown as Promise<T>; // what Promise.all knows of tuples gets lost
}

function settingsStatement(settings: Settings): Parameters<PgClient['query']>[0] {
  const given = Object.entries(settings).filter(([, value]) => value != null);
  return {
    name: 'settings',
    text: 'select set_config(el->>0, el->>1, true) from json_array_elements($1::json) el',
    values: [JSON.stringify(given)],
  };
}

/** Mutations come without a name, and would be parsed and planned anew each time. */
const names = new Map<string, string>();
const namesKept = 200;

function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  if (names.size >= namesKept) names.clear();
  const name = createHash('sha1').update(text).digest('base64url');
  names.set(text, name);
  return name;
}
