/** Follows a run until each order has arrived or waits for a human, and nothing is under way. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Progress, StatusCount } from './progress.ts';
import { readRows, runOrders } from './run-scope.ts';
import type { RunScope } from './run-scope.ts';

const everyMs = 300;

const countStatuses = `
  select
    case when o.attention is null then o.status else 'attention' end as status,
    count(*)::integer as orders
  from (${runOrders}) o
  left join app_public.workflow_statuses s on s.workflow = o.workflow and s.status = o.status
  group by 1
  order by min(s.position), 1`;

/** A webhook that has not come yet is open too. */
const countOpen = `
  with effects as (
    select e.error_code from (${runOrders}) o
    join app_public.effects e on e.merchant_id = o.merchant_id and e.order_id = o.id
    where e.status in ('intent', 'sending')
  ), settled_orders as (
    select o.id from (${runOrders}) o
    join app_public.workflow_statuses s on s.workflow = o.workflow and s.status = o.status
    where s.is_terminal or o.attention is not null
  ), settled_webhooks as (
    select m.id from app_public.inbound_messages m
    where m.service = 'shopify' and m.account_id = $1 and m.external_id = any ($3)
      and m.status <> 'received'
  )
  select
    cardinality($2::text[]) - (select count(*)::integer from settled_orders) as orders,
    cardinality($3::text[]) - (select count(*)::integer from settled_webhooks) as webhooks,
    (select count(*)::integer from effects) as effects,
    (select count(*)::integer from effects where error_code = 'SETTLING') as looked_up`;

interface Open {
  orders: number;
  webhooks: number;
  effects: number;
  /** Those of the effects whose answer was lost and whose settle time is not over. */
  looked_up: number;
}

/** False when the time was over before everything was settled. */
export async function followOrders(
  db: pg.Client,
  { storeId, externalIds, eventIds }: RunScope,
  progress: Progress,
  until: number,
): Promise<boolean> {
  for (;;) {
    const [open] = await readRows<Open>(db, countOpen, [storeId, externalIds, eventIds]);
    const counts = await readRows<StatusCount>(db, countStatuses, [storeId, externalIds]);
    progress.show(counts, externalIds.length, open?.looked_up ?? 0);
    if (open !== undefined && open.orders + open.webhooks + open.effects === 0) return true;
    if (Date.now() > until) return false;
    await sleep(everyMs);
  }
}
