/**
 * Caused by: the crontab, every hour.
 * Does: creates the partitions of the coming months, deletes what has expired, and makes boxes that no
 * carrier collected on their day wait for the next visit.
 * Twice is harmless: what exists is not created again, what is gone is not deleted again, and what was
 * moved waits for a day that is not over.
 */
import type { Task } from 'graphile-worker';
import type { TaskContext } from '../worker/context.ts';

export const task =
  (context: TaskContext): Task =>
  async () => {
    const { rows } = await context.db.query<{ done: unknown }>(
      'select app_private.keep_house() as done',
    );
    const moved = await moveMissedPickups(context.db);
    context.log.info({ done: rows[0]?.done, missedPickupsMoved: moved }, 'housekeeping');
  };

/** One merchant a transaction. */
async function moveMissedPickups(db: TaskContext['db']): Promise<number> {
  const { rows } = await db.query<{ merchant: number }>(
    'select m as merchant from app_private.merchants_with_missed_pickups() m',
  );
  let moved = 0;
  for (const { merchant } of rows) {
    const answer = await db.query<{ moved: number }>(
      'select app_private.move_missed_pickups($1) as moved',
      [merchant],
    );
    moved += answer.rows[0]?.moved ?? 0;
  }
  return moved;
}
