/**
 * Caused by: the crontab, every hour.
 * Does: creates the partitions of the coming months and deletes what has expired.
 * Twice is harmless: what exists is not created again, and what is gone is not deleted again.
 */
import type { Task } from 'graphile-worker';
import type { TaskContext } from '../worker/context.ts';

export const task =
  (context: TaskContext): Task =>
  async () => {
    const { rows } = await context.db.query<{ done: unknown }>(
      'select app_private.keep_house() as done',
    );
    context.log.info({ done: rows[0]?.done }, 'housekeeping');
  };
