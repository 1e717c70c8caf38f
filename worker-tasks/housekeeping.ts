/**
 * Caused by: the crontab, every hour.
 * Does: creates the partitions of the coming months, deletes what has expired, and reminds of failed
 *   deliveries that nobody has decided about.
 * Twice is harmless: what exists is not created again, what is gone is not deleted again, and each case is
 *   reminded of once.
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
    while (await remindOfSome(context));
  };

/** One merchant's a transaction; false when none is left. */
async function remindOfSome({ db }: TaskContext): Promise<boolean> {
  const { rows } = await db.query<{ seen: number }>('select app_private.remind_of_ndr() as seen');
  return (rows[0]?.seen ?? 0) > 0;
}
