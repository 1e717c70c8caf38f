/** What a run came to, in figures read from the database. */
import type pg from 'pg';
import { readRows, runBoxes, runOrders } from './run-scope.ts';
import type { RunScope } from './run-scope.ts';

/** A line of the table. */
export interface Figure {
  group: string;
  name: string;
  value: string;
}

const webhooks = `
  select 'Webhooks' as group, m.status as name, count(*)::text as value
  from app_public.inbound_messages m
  where m.service = 'shopify' and m.account_id = $1 and m.external_id = any ($2)
  group by m.status order by count(*) desc`;

const ordersByStatus = `
  select 'Orders' as group, o.status as name, count(*)::text as value
  from (${runOrders}) o group by o.status order by count(*) desc`;

const attentionByReason = `
  select 'Waiting for a human' as group, o.attention || ': ' || o.attention_reason as name,
    count(*)::text as value
  from (${runOrders}) o where o.attention is not null group by 2 order by count(*) desc, 2`;

const boxes = `
  select 'Boxes' as group, x.name, x.value::text
  from (
    select count(*) as planned, count(b.awb) as awbs, count(distinct b.awb) as different,
      count(b.labelled_at) as labels, count(b.delivered_at) as delivered
    from (${runBoxes}) b
  ) b
  cross join lateral (values
    (1, 'planned', planned), (2, 'AWBs', awbs), (3, 'AWBs, different ones', different),
    (4, 'labels', labels), (5, 'delivered', delivered)
  ) x (place, name, value)
  order by x.place`;

/** A label takes one to three calls, by carrier; the first of each for a box is its first try. */
const labelTries = `
  with calls as (
    select c.reference, c.operation, c.outcome,
      row_number() over (partition by c.reference, c.operation order by c.called_at, c.id) as try
    from (${runOrders}) o
    join app_public.effects e on e.merchant_id = o.merchant_id and e.order_id = o.id
      and e.kind = 'book_shipment'
    join app_public.carrier_calls c on c.merchant_id = e.merchant_id and c.reference = e.reference
      and c.operation in ('create_shipment', 'packing_slip', 'create_order', 'assign_awb', 'generate_label')
  ), counts as (
    select count(distinct f.reference) as boxes,
      count(*) filter (where f.outcome <> 'done') as failed,
      count(*) filter (where f.outcome <> 'done' and s.outcome = 'done') as cured
    from calls f
    left join calls s on s.reference = f.reference and s.operation = f.operation and s.try = 2
    where f.try = 1
  )
  select 'Label requests' as group, x.name, x.value
  from counts, lateral (values
    (1, 'calls', (select count(*) from calls)::text),
    (2, 'failed at the first try', failed::text),
    (3, 'the same, of all boxes', round(100.0 * failed / greatest(boxes, 1), 1) || ' %'),
    (4, 'cured by the second try', cured::text)
  ) x (place, name, value)
  order by x.place`;

const messagesByKind = `
  select 'Messages' as group, m.kind as name, count(*)::text as value
  from (${runOrders}) o
  join app_public.messages m on m.merchant_id = o.merchant_id and m.order_id = o.id
  group by m.kind order by min(m.created_at)`;

const times = `
  with events as (
    select o.id, e.type, e.to_status, e.recorded_at
    from (${runOrders}) o
    join app_public.order_events e on e.merchant_id = o.merchant_id and e.order_id = o.id
    where e.shipment_id is null
  ), labelling as (
    select extract(epoch from max(recorded_at) filter (where to_status = 'labelled')
      - min(recorded_at) filter (where type = 'order_placed')) as seconds
    from events group by id
  ), spans as (
    select
      (select extract(epoch from max(e.recorded_at) - min(m.received_at))
        from events e, app_public.inbound_messages m
        where e.to_status = 'delivered' and m.service = 'shopify' and m.account_id = $1
          and m.external_id = any ($3)) as whole,
      (select percentile_cont(0.5) within group (order by seconds) from labelling) as median,
      (select max(seconds) from labelling) as slowest
  )
  select 'Times' as group, x.name, coalesce(round(x.seconds::numeric, 2) || ' s', '–') as value
  from spans, lateral (values
    (1, 'first webhook to last delivery', whole),
    (2, 'received to labelled, median', median),
    (3, 'received to labelled, slowest', slowest)
  ) x (place, name, seconds)
  order by x.place`;

export async function readFigures(db: pg.Client, scope: RunScope): Promise<Figure[]> {
  const { storeId, externalIds, eventIds } = scope;
  const figures = await readRows<Figure>(db, webhooks, [storeId, eventIds]);
  for (const sql of [ordersByStatus, attentionByReason, boxes, labelTries, messagesByKind]) {
    figures.push(...(await readRows<Figure>(db, sql, [storeId, externalIds])));
  }
  figures.push(...(await readRows<Figure>(db, times, [storeId, externalIds, eventIds])));
  return figures;
}

/** Two aligned columns, one heading a group. */
export function tableOf(figures: readonly Figure[]): string {
  const nameWidth = Math.max(0, ...figures.map(({ name }) => name.length));
  const valueWidth = Math.max(0, ...figures.map(({ value }) => value.length));
  const lineOf = ({ name, value }: Figure) =>
    `  ${name.padEnd(nameWidth)}  ${value.padStart(valueWidth)}`;
  const groups = [...new Set(figures.map(({ group }) => group))];
  return groups
    .flatMap((group) => [group, ...figures.filter((one) => one.group === group).map(lineOf)])
    .join('\n');
}
