import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

import { createPool, databaseUrl, loginUrl, withClient } from '../../database/connection.ts';
import { dropDatabase, scratchName } from '../../database/scratch.ts';
import { findTestServer, testSecret } from './test-server.ts';

export interface TestDatabase {
  /** As the administrator, who owns everything. */
  url: string;
  serverUrl: string;
  workerUrl: string;
  /** The administrator's pool. */
  pool: pg.Pool;
  /** A connection of its own, for tests with two of them; the administrator's by default. */
  connect(url?: string): Promise<pg.Client>;
  /** Runs a test in a transaction that is undone, as the administrator by default. */
  withRollback<T>(test: (client: pg.Client) => Promise<T>, url?: string): Promise<T>;
  /** Closes the pool and every connection that connect() gave, and drops the database. */
  drop(): Promise<void>;
}

/** A copy of the migrated template, one for each test file. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { adminUrl, template } = findTestServer();
  const name = scratchName('test');
  await copyTemplate(adminUrl, template, name);
  const url = databaseUrl(adminUrl, name);
  const errors: Error[] = [];
  const pool = createPool(url, {
    applicationName: 'waybill-test',
    onError: (error) => errors.push(error),
  });
  const clients: pg.Client[] = [];
  const connect = async (as = url) => {
    const client = new pg.Client({ connectionString: as, application_name: 'waybill-test' });
    client.on('error', (error) => errors.push(error)); // drop() ends it, if the test does not
    await client.connect();
    clients.push(client);
    return client;
  };
  return {
    url,
    serverUrl: loginUrl(url, 'waybill_server', testSecret),
    workerUrl: loginUrl(url, 'waybill_worker', testSecret),
    pool,
    connect,
    withRollback: (test, as = url) => rolledBack(as, test),
    drop: async () => {
      await Promise.all([pool.end(), ...clients.map((client) => client.end())]);
      await dropDatabase(adminUrl, name);
    },
  };
}

/**
 * Copies may be made at the same time by several workers, but not while anybody is connected to
 * the template; autovacuum is, now and then.
 */
async function copyTemplate(adminUrl: string, template: string, name: string): Promise<void> {
  await withClient(adminUrl, async (client) => {
    const sql = `create database ${pg.escapeIdentifier(name)}
      template ${pg.escapeIdentifier(template)}`;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await client.query(sql);
        return;
      } catch (error) {
        const busy = error instanceof pg.DatabaseError && error.code === '55006';
        if (!busy || attempt === 20) throw error;
        await sleep(100);
      }
    }
  });
}

async function rolledBack<T>(url: string, test: (client: pg.Client) => Promise<T>): Promise<T> {
  return withClient(url, async (client) => {
    await client.query('begin');
    try {
      return await test(client);
    } finally {
      await client.query('rollback');
    }
  });
}
