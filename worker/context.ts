import type { Logger } from 'pino';
import type { Pool } from 'pg';
import type { Config } from '../config.ts';

/** What every task is given: its database login (waybill_worker), the settings, a log, and the time. */
export interface TaskContext {
  db: Pool;
  config: Config;
  log: Logger;
  now: () => Date;
}
