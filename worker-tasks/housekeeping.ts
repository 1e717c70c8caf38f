/**
 * Caused by: the crontab, every hour.
 * Does: creates the partitions of the coming months and deletes what has expired.
 * Twice is harmless: what exists is not created again, and what is gone is not deleted again.
 */
import type { Task } from 'graphile-worker';
import type { TaskContext } from '../worker/context.ts';

const dayMs = 86_400_000;

export const task =
  (context: TaskContext): Task =>
  async () => {
    const { keep } = context.config;
    const { rows } = await context.db.query<{ done: object }>(
      'select app_private.keep_house() as done',
    );
    const calls = await prune('select app_private.prune_calls($1) as n', keep.calls, context);
    const webhooks = await prune(
      'select app_private.prune_inbound($1) as n',
      keep.webhooks,
      context,
    );
    const done = { ...rows[0]?.done, calls_deleted: calls, webhooks_deleted: webhooks };
    context.log.info({ done }, 'housekeeping');
  };

/** Batch after batch, each a transaction of its own: nothing waits for it long. */
async function prune(sql: string, keepDays: number, { db, now }: TaskContext): Promise<number> {
  const before = new Date(now().getTime() - keepDays * dayMs);
  for (let deleted = 0; ;) {
    const { rows } = await db.query<{ n: number }>(sql, [before]);
    const n = rows[0]?.n ?? 0;
    if (n === 0) return deleted;
    deleted += n;
  }
}
