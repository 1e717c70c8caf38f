import {
  getLastMigration,
  runCommittedMigration,
  runStringMigration,
  type FileMigration,
} from 'graphile-migrate/dist/migration.js';
import type { ParsedSettings } from 'graphile-migrate/dist/settings.js';
import { runMigrations } from 'graphile-worker';
import pg from 'pg';

import { withClient } from './connection.ts';
import {
  committedMigrations,
  currentSql,
  migrationSettings,
  projectMigrations,
} from './migration-files.ts';
import { ownerRole, setUpRoles } from './roles.ts';
import { describeSqlError } from './sql-error.ts';

export interface MigrateOptions {
  /** An administrator: a superuser, or one who may create roles and become waybill_owner. */
  adminUrl: string;
  /** What the passwords of the login roles follow from; undefined leaves them as they are. */
  secret: string | undefined;
  log: (line: string) => void;
  /** Also the change in progress, current.sql. For development only. */
  includeCurrent?: boolean | undefined;
  /** The folder of migrations; the project's by default. */
  folder?: string | undefined;
}

/** Any number will do, but every migrator must take the same. */
const migratorLock = '7227225920261121';

/** Brings a database up to date and tells what ran. Safe to run at every start, by many. */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const folder = options.folder ?? projectMigrations;
  return withClient(options.adminUrl, async (client) => {
    await waitForTurn(client, options.log);
    await setUpRoles(client, folder, options.secret);
    await client.query(`set role ${ownerRole}`);
    // The worker's schema comes first, so that views and functions may name its tables.
    const ran = await installWorker(options.adminUrl, client);
    ran.push(...(await runCommitted(client, folder, options.adminUrl)));
    if (options.includeCurrent) ran.push(...(await runCurrent(client, folder, options.adminUrl)));
    await grantWorker(client);
    for (const what of ran) options.log(`Ran ${what}`);
    return ran;
  });
}

/**
 * graphile-migrate fails at once when another migrator is at work; two servers that start
 * together must wait for one another. The lock ends with the session, whatever happens.
 */
async function waitForTurn(client: pg.Client, log: MigrateOptions['log']): Promise<void> {
  const { rows } = await client.query<{ locked: boolean }>(
    'select pg_try_advisory_lock($1) as locked',
    [migratorLock],
  );
  if (rows[0]?.locked) return;
  log('Another migration is running; waiting for it');
  await client.query('select pg_advisory_lock($1)', [migratorLock]);
}

export async function installWorker(adminUrl: string, client: pg.Client): Promise<string[]> {
  const before = await workerVersion(client);
  const pgPool = new pg.Pool({
    connectionString: adminUrl,
    max: 1,
    options: `-c role=${ownerRole}`,
  });
  // An error event without a listener ends Node; the running query rejects anyway.
  pgPool.on('error', () => undefined);
  pgPool.on('connect', (connection) => connection.on('error', () => undefined));
  try {
    await runMigrations({ pgPool });
  } finally {
    await pgPool.end();
  }
  const after = await workerVersion(client);
  return before === after ? [] : [`graphile-worker schema ${before} to ${after}`];
}

async function workerVersion(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ exists: boolean }>(
    `select to_regclass('graphile_worker.migrations') is not null as exists`,
  );
  if (!rows[0]?.exists) return 0;
  const found = await client.query<{ id: number }>(
    'select coalesce(max(id), 0) as id from graphile_worker.migrations',
  );
  return found.rows[0]?.id ?? 0;
}

/** The rights on the worker's tables live in a fixture, since its schema is not ours. */
export async function grantWorker(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ exists: boolean }>(
    `select to_regprocedure('app_private.grant_worker_schema()') is not null as exists`,
  );
  if (rows[0]?.exists) await client.query('select app_private.grant_worker_schema()');
}

async function runCommitted(
  client: pg.Client,
  folder: string,
  adminUrl: string,
): Promise<string[]> {
  const settings = await migrationSettings(folder, adminUrl);
  const migrations = await committedMigrations(folder);
  const last = await getLastMigration(asPoolClient(client), settings);
  await assertSameHistory(client, migrations);
  const context = { database: settings.databaseName };
  const waiting = migrations.filter(({ filename }) => !last || filename > last.filename);
  for (const migration of waiting) {
    await runCommittedMigration(asPoolClient(client), settings, context, migration, '').catch(
      (error: unknown) => {
        throw describeSqlError(error, migration.body, `committed/${migration.realFilename}`);
      },
    );
  }
  return waiting.map(({ realFilename }) => `committed/${realFilename}`);
}

/**
 * Before 1.0 the one committed migration is made anew at each change, under the same name.
 * graphile-migrate goes by the name and would take an old database for an up-to-date one.
 */
async function assertSameHistory(client: pg.Client, files: FileMigration[]): Promise<void> {
  const { rows } = await client.query<{ filename: string; hash: string }>(
    'select filename, hash from graphile_migrate.migrations order by filename',
  );
  const changed = rows.find(
    (row) => !files.some((file) => file.filename === row.filename && file.hash === row.hash),
  );
  if (!changed) return;
  throw new Error(
    `This database was built from another version of committed/${changed.filename} than the ` +
      'one here. Before 1.0 databases are not carried over: build it anew (npm run db:reset).',
  );
}

async function runCurrent(client: pg.Client, folder: string, adminUrl: string): Promise<string[]> {
  const sql = await currentSql(folder);
  const { rows } = await client.query<{ content: string }>(
    `select content from graphile_migrate.current where filename = 'current.sql'`,
  );
  if (sql === (rows[0]?.content ?? '')) return [];
  if (sql !== '') await runText(client, await migrationSettings(folder, adminUrl), sql);
  await client.query(
    `insert into graphile_migrate.current (content) values ($1)
     on conflict (filename) do update set content = excluded.content, date = excluded.date`,
    [sql],
  );
  return sql === '' ? [] : ['current.sql'];
}

async function runText(client: pg.Client, settings: ParsedSettings, sql: string): Promise<void> {
  const context = { database: settings.databaseName };
  await runStringMigration(asPoolClient(client), settings, context, sql, 'current.sql').catch(
    (error: unknown) => {
      throw describeSqlError(error, sql, 'current.sql');
    },
  );
}

/** graphile-migrate asks for a pool's client, of which it uses nothing but query(). */
function asPoolClient(client: pg.Client): pg.PoolClient {
  return client as unknown as pg.PoolClient;
}
