/**
 * Caused by: the crontab, every hour.
 * Does: creates the partitions of the coming months, deletes what has expired, makes boxes that no
 * carrier collected on their day wait for the next visit, raises attention for those that nobody
 * collected for a week, and reminds of failed deliveries that nobody has decided about.
 * Twice is harmless: what exists is not created again, what is gone is not deleted again, what was
 * moved waits for a day that is not over, and each box and each case is told of once.
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
    const moved = await moveMissedPickups(context.db);
    const uncollected = await untilNone(context.db, 'select app_private.report_uncollected() as n');
    const cases = await untilNone(context.db, 'select app_private.remind_of_ndr() as n');
    const done = { ...rows[0]?.done, calls_deleted: calls, webhooks_deleted: webhooks };
    context.log.info(
      { done, missedPickupsMoved: moved, boxesUncollected: uncollected, ndrCasesDue: cases },
      'housekeeping',
    );
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

/** One merchant a transaction, until none is left. */
async function untilNone(db: TaskContext['db'], sql: string): Promise<number> {
  for (let seen = 0; ;) {
    const { rows } = await db.query<{ n: number }>(sql);
    const n = rows[0]?.n ?? 0;
    if (n === 0) return seen;
    seen += n;
  }
}
