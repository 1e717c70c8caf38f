/** How often it went wrong at first, how much of that the second try cured, and who needed a human. */
import type pg from 'pg';

import type { Accepted } from './shoppers.ts';

export interface CallFigures {
  service: string;
  operation: string;
  /** Things that were asked for: boxes, orders. */
  things: number;
  calls: number;
  first_try_failed: number;
  /** Of those the share that the second try cured. */
  second_try_cured: number;
  /** Share that succeeded in the end. */
  succeeded: number;
}

/** A look-up that finds nothing, and a repeat that finds its thing there, have not failed. */
const readCalls = `
  with calls as (
    select c.merchant_id, c.service, c.operation, c.reference,
      c.outcome in ('done', 'exists', 'absent') as good,
      row_number() over (partition by c.merchant_id, c.service, c.operation, c.reference
        order by c.called_at, c.id) as try
    from app_public.carrier_calls c
    -- Messages of one order share its reference; they are counted by their effects.
    where c.reference is not null and c.operation <> 'send_template'
  ), things as (
    select service, operation, reference, count(*) as calls,
      bool_or(good) filter (where try = 1) as first_good,
      bool_or(good) filter (where try = 2) as second_good, bool_or(good) as ever_good
    from calls group by merchant_id, service, operation, reference
  )
  select service, operation, count(*)::integer as things, sum(calls)::integer as calls,
    round(avg((not first_good)::integer), 4)::float as first_try_failed,
    round(avg(coalesce(second_good, false)::integer) filter (where not first_good), 4)::float
      as second_try_cured,
    round(avg(ever_good::integer), 4)::float as succeeded
  from things group by service, operation order by service, operation`;

export interface EffectFigures {
  kind: string;
  effects: number;
  first_try_failed: number;
  second_try_cured: number;
  succeeded: number;
  to_a_human: number;
}

/** What was called off does not count; an attempt that a killed worker began does. */
const readEffects = `
  select e.kind, count(*)::integer as effects,
    round(avg((not (e.status = 'confirmed' and e.attempts <= 1))::integer), 4)::float
      as first_try_failed,
    round(avg((e.status = 'confirmed' and e.attempts = 2)::integer)
      filter (where not (e.status = 'confirmed' and e.attempts <= 1)), 4)::float as second_try_cured,
    round(avg((e.status = 'confirmed')::integer), 4)::float as succeeded,
    count(*) filter (where e.status = 'dead')::integer as to_a_human
  from app_public.effects e where e.status <> 'abandoned'
  group by e.kind order by e.kind`;

const readHumans = `
  select coalesce(o.attention, '') as reason, e.kind as about, count(distinct o.id)::integer as orders
  from app_public.orders_current o
  left join app_public.effects e
    on e.merchant_id = o.merchant_id and e.order_id = o.id and e.status = 'dead'
    and e.error_code = o.attention
  where o.attention is not null group by 1, 2 order by 3 desc, 1, 2`;

const readEnds = `
  select o.status, count(*)::integer as orders from app_public.orders_current o
  group by 1 order by 2 desc, 1`;

/** Those that nobody called off and that a carrier could have delivered. */
const readSuccess = `
  with wanted as (
    select o.* from unnest($1::integer[], $2::text[]) x (store_id, id)
    join app_public.orders_current o on o.store_id = x.store_id and o.external_id = x.id
  )
  select count(*)::integer as orders,
    count(*) filter (where w.status in ('delivered', 'returned')
      or exists (select from app_public.shipments_current s
        where s.merchant_id = w.merchant_id and s.order_id = w.id and s.status = 'lost'))::integer as arrived,
    count(*) filter (where w.attention is not null)::integer as asked,
    count(*) filter (where exists (select from app_public.shipments_current s
      where s.merchant_id = w.merchant_id and s.order_id = w.id and s.labelled_at is not null))::integer
      as labelled
  from wanted w`;

const readCarriers = `
  select s.carrier, count(*)::integer as boxes,
    count(*) filter (where s.cod_amount_minor > 0)::integer as cod,
    count(*) filter (where s.status = 'delivered')::integer as delivered,
    count(*) filter (where s.status = 'returned')::integer as returned,
    count(*) filter (where s.status = 'lost')::integer as lost,
    count(*) filter (where s.status = 'cancelled')::integer as cancelled
  from app_public.shipments_current s group by 1 order by 1`;

export interface Success {
  orders: number;
  labelled: number;
  arrived: number;
  asked: number;
}

export interface Figures {
  calls: CallFigures[];
  effects: EffectFigures[];
  humans: { reason: string; about: string | null; orders: number }[];
  ends: { status: string; orders: number }[];
  carriers: Record<string, string | number>[];
  /** Of the orders that could be delivered. */
  success: Success;
}

export async function readFigures(db: pg.Client, accepted: readonly Accepted[]): Promise<Figures> {
  const deliverable = accepted.filter(({ fate }) => fate === 'plain');
  const success = await db.query<Success>(readSuccess, [
    deliverable.map(({ storeId }) => storeId),
    deliverable.map(({ externalId }) => externalId),
  ]);
  return {
    calls: (await db.query<CallFigures>(readCalls)).rows,
    effects: (await db.query<EffectFigures>(readEffects)).rows,
    humans: (await db.query<Figures['humans'][number]>(readHumans)).rows,
    ends: (await db.query<Figures['ends'][number]>(readEnds)).rows,
    carriers: (await db.query<Record<string, string | number>>(readCarriers)).rows,
    success: success.rows[0] ?? { orders: 0, labelled: 0, arrived: 0, asked: 0 },
  };
}
