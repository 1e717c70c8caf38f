import { setTimeout as sleep } from 'node:timers/promises';

import { value } from './query.ts';
import type { Db } from './query.ts';

/**
 * Dispatches until every event that is committed by now has been. It may take several calls: what
 * else runs in this database, such as an analyze, holds the dispatcher back.
 */
export async function dispatchAll(db: Db): Promise<void> {
  const last = await value<string>(
    db,
    `select coalesce(max(e.xact_id::text::bigint), -1)::text as value
     from app_public.order_events e, app_private.dispatch_cursor c where e.recorded_at > c.began_at`,
  );
  const deadline = Date.now() + 20_000;
  while (!(await isPast(db, last))) {
    if (Date.now() > deadline) throw new Error('The dispatcher does not get on');
    const found = await value<number>(db, 'select app_private.dispatch_events() as value');
    if (found === 0) await sleep(5);
  }
}

function isPast(db: Db, last: string): Promise<boolean> {
  return value<boolean>(
    db,
    `select next_xact::text::bigint > $1::bigint as value from app_private.dispatch_cursor`,
    [last],
  );
}
