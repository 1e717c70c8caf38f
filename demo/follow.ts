/** Follows the orders of a run until each has arrived or waits for a human, and nothing is under way. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Progress, StatusCount } from './progress.ts';

/** Which orders and webhooks a run is about. */
export interface RunScope {
  storeId: number;
  externalIds: string[];
  eventIds: string[];
}

const everyMs = 300;

const countStatuses = `
  select case when o.attention is null then o.status else 'attention' end as status, count(*)::integer as orders
  from app_public.orders_current o
  left join app_public.workflow_statuses s on s.workflow = o.workflow and s.status = o.status
  where o.store_id = $1 and o.external_id = any ($2)
  group by 1
  order by min(s.position), 1`;

const countOpen = `
  select
    (select count(*)::integer from unnest($2::text[]) x (id) where not exists (
      select from app_public.orders_current o
      join app_public.workflow_statuses s on s.workflow = o.workflow and s.status = o.status
      where o.store_id = $1 and o.external_id = x.id and (s.is_terminal or o.attention is not null)
    )) as orders,
    (select count(*)::integer from app_public.orders_current o
      join app_public.effects e on e.merchant_id = o.merchant_id and e.order_id = o.id
      where o.store_id = $1 and o.external_id = any ($2) and e.status in ('intent', 'sending')) as effects,
    (select count(*)::integer from unnest($3::text[]) x (id) where not exists (
      select from app_public.inbound_messages m
      where m.service = 'shopify' and m.account_id = $1 and m.external_id = x.id and m.status <> 'received'
    )) as webhooks`;

interface Open {
  orders: number;
  effects: number;
  webhooks: number;
}

/** False when the time was over before everything was settled. */
export async function followOrders(
  db: pg.Client, scope: RunScope, progress: Progress, until: number,
): Promise<boolean> {
  for (;;) {
    const open = await readOpen(db, scope);
    const { rows } = await db.query<StatusCount>(countStatuses, [scope.storeId, scope.externalIds]);
    progress.show(rows, scope.externalIds.length);
    if (open.orders + open.effects + open.webhooks === 0) return true;
    if (Date.now() > until) return false;
    await sleep(everyMs);
  }
}

async function readOpen(db: pg.Client, scope: RunScope): Promise<Open> {
  const { rows } = await db.query<Open>(countOpen, [scope.storeId, scope.externalIds, scope.eventIds]);
  const [open] = rows;
  if (open === undefined) throw new Error('The counts of open work gave no row');
  return open;
}
