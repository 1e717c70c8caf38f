/** What a run came to, in figures read from the database. */
import type pg from 'pg';
import type { RunScope } from './follow.ts';

const ours = `
  select o.* from app_public.orders_current o where o.store_id = $1 and o.external_id = any ($2)`;

/** Every line of the table: its group, its name and its value as text. */
export interface Figure {
  group: string;
  name: string;
  value: string;
}

const ordersByStatus = `
  select 'Orders' as group, o.status as name, count(*)::text as value
  from (${ours}) o group by o.status order by count(*) desc`;

const attentionByReason = `
  select 'Waiting for a human' as group, o.attention || ': ' || o.attention_reason as name, count(*)::text as value
  from (${ours}) o where o.attention is not null group by 2 order by count(*) desc, 2`;

const messagesByKind = `
  select 'Messages' as group, m.kind as name, count(*)::text as value
  from (${ours}) o join app_public.messages m on m.merchant_id = o.merchant_id and m.order_id = o.id
  group by m.kind order by min(m.created_at)`;

const boxes = `
  select 'Boxes' as group, x.name, x.value::text
  from (
    select count(*) as boxes, count(s.awb) as awbs, count(s.labelled_at) as labels, count(s.delivered_at) as delivered
    from (${ours}) o join app_public.shipments_current s on s.merchant_id = o.merchant_id and s.order_id = o.id
  ) b
  cross join lateral (values
    (1, 'planned', boxes), (2, 'with AWB', awbs), (3, 'with label', labels), (4, 'delivered', delivered)
  ) x (place, name, value)
  order by x.place`;

/** A label takes a create and a packing slip; the first call of each for a box is its first try. */
const labelTries = `
  with calls as (
    select c.reference, c.operation, c.outcome,
      row_number() over (partition by c.reference, c.operation order by c.called_at, c.id) as try
    from (${ours}) o
    join app_public.effects e on e.merchant_id = o.merchant_id and e.order_id = o.id
      and e.kind = 'book_shipment'
    join app_public.carrier_calls c on c.merchant_id = e.merchant_id and c.reference = e.reference
      and c.operation in ('create_shipment', 'packing_slip')
  ), failed as (
    select f.reference, f.operation, s.outcome as second
    from calls f
    left join calls s on s.reference = f.reference and s.operation = f.operation and s.try = 2
    where f.try = 1 and f.outcome <> 'done'
  ), counts as (
    select (select count(distinct reference) from calls) as boxes, (select count(*) from calls) as calls,
      (select count(*) from failed) as failed, (select count(*) from failed where second = 'done') as cured
  )
  select 'Label requests' as group, x.name, x.value
  from counts, lateral (values
    (1, 'calls', calls::text),
    (2, 'failed at the first try', failed || format(' (%s %% of boxes)', round(100.0 * failed / greatest(boxes, 1), 1))),
    (3, 'cured by the second try', cured::text)
  ) x (place, name, value)
  order by x.place`;

const webhooks = `
  select 'Webhooks' as group, m.status as name, count(*)::text as value
  from app_public.inbound_messages m
  where m.service = 'shopify' and m.account_id = $1 and m.external_id = any ($2)
  group by m.status order by count(*) desc`;

const times = `
  with events as (
    select o.id, e.type, e.to_status, e.recorded_at
    from (${ours}) o join app_public.order_events e on e.merchant_id = o.merchant_id and e.order_id = o.id
    where e.shipment_id is null
  ), spans as (
    select max(recorded_at) filter (where to_status = 'labelled')
      - min(recorded_at) filter (where type = 'order_placed') as labelling
    from events group by id
  )
  select 'Times' as group, x.name, coalesce(round(x.seconds::numeric, x.digits) || ' s', '–') as value
  from (values
    (1, 'first webhook to last delivery', 1, extract(epoch from
      (select max(recorded_at) from events where to_status = 'delivered')
      - (select min(m.received_at) from app_public.inbound_messages m
         where m.service = 'shopify' and m.account_id = $1 and m.external_id = any ($3)))),
    (2, 'received to labelled, median', 3, (select percentile_cont(0.5)
      within group (order by extract(epoch from labelling)) from spans)),
    (3, 'received to labelled, slowest', 3, (select extract(epoch from max(labelling)) from spans))
  ) x (place, name, digits, seconds)
  order by x.place`;

export async function readFigures(db: pg.Client, { storeId, externalIds, eventIds }: RunScope): Promise<Figure[]> {
  const figures: Figure[] = [];
  const read = async (sql: string, ...values: unknown[]) => {
    const { rows } = await db.query<Figure>(sql, [storeId, ...values]);
    figures.push(...rows);
  };
  await read(webhooks, eventIds);
  for (const sql of [ordersByStatus, attentionByReason, boxes, labelTries, messagesByKind]) await read(sql, externalIds);
  await read(times, externalIds, eventIds);
  return figures;
}

/** Two aligned columns below one heading per group. */
export function tableOf(figures: readonly Figure[]): string {
  const width = Math.max(0, ...figures.map(({ name }) => name.length));
  const groups = [...new Set(figures.map(({ group }) => group))];
  return groups.map((group) => {
    const rows = figures.filter((figure) => figure.group === group);
    return [group, ...rows.map(({ name, value }) => `  ${name.padEnd(width)}  ${value.padStart(6)}`)].join('\n');
  }).join('\n');
}
