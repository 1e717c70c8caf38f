import type pg from 'pg';
import type { Logger } from 'pino';

import { describeError } from '../describe-error.ts';
import type { Config } from '../config.ts';
import { createPool, loginUrl } from '../database/connection.ts';

export interface Pools {
  /** Logs in as waybill_server, which may do nothing but become a member. */
  graphql: pg.Pool;
  /**
   * Logs in as waybill_worker: sign-in, webhooks, labels and live events, one function call each.
   */
  intake: pg.Pool;
  all: pg.Pool[];
  end(): Promise<void>;
}

export function openPools(config: Config, logger: Logger): Pools {
  const open = (role: string, applicationName: string, max: number, pipeline = false) =>
    createPool(loginUrl(config.databaseUrl, role, config.secret), {
      applicationName,
      max,
      pipeline,
      statementTimeoutMs: 10_000,
      idleInTransactionTimeoutMs: 10_000,
      onError: (error) =>
        logger.warn({ error: describeError(error) }, 'a database connection was lost'),
    });
  const graphql = open('waybill_server', 'waybill-graphql', 16, true);
  const intake = open('waybill_worker', 'waybill-intake', 8);
  const all = [graphql, intake];
  return {
    graphql,
    intake,
    all,
    end: async () => {
      await Promise.all(all.map((pool) => pool.end()));
    },
  };
}
