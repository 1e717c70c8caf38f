/** Whether a run adds up, asked of the database alone. A check passes when nothing is wrong. */
import type pg from 'pg';

import type { CheckResult } from '../../demo/checks.ts';
import { namedReasons } from './reasons.ts';
import type { Accepted } from './shoppers.ts';

const queries: readonly (readonly [name: string, sql: string])[] = [
  [
    'every order has come to its end, or waits for a human',
    `select o.merchant_id || '/' || o.number || ' ' || o.status as wrong
     from app_public.orders_current o
     join app_public.workflow_statuses s on s.workflow = o.workflow and s.status = o.status
     where not s.is_terminal and o.attention is null`,
  ],
  [
    'every box of an order at its end has come to its own, or waits for a human where it is',
    `select o.merchant_id || '/' || o.number || ' ' || o.status || ': ' || b.box || ' ' || b.status as wrong
     from app_public.shipments_current b
     join app_public.workflow_statuses p on p.workflow = 'parcel' and p.status = b.status
     join app_public.orders_current o on o.merchant_id = b.merchant_id and o.id = b.order_id
     join app_public.workflow_statuses s on s.workflow = o.workflow and s.status = o.status
     where s.is_terminal and not p.is_terminal
       and not (b.status in ('planned', 'labelled') and o.attention is not null)`,
  ],
  [
    'every intent is resolved, or its time is yet to come',
    `select e.reference || ' ' || e.kind || ' ' || e.status as wrong
     from app_public.effects e
     where e.status in ('intent', 'sending') and e.due_at < now() - interval '1 minute'
       and coalesce(e.leased_until, '-infinity') < now()`,
  ],
  [
    'what was given up waits for a human',
    `select e.reference || ' ' || e.kind || ' ' || e.error_code as wrong
     from app_public.effects e
     join app_public.orders_current o on o.merchant_id = e.merchant_id and o.id = e.order_id
     where e.status = 'dead' and (o.attention is null or not exists (
       select from app_public.dead_letters d
       where d.merchant_id = e.merchant_id and d.subject_id = e.subject_id
         and d.effect_kind = e.kind and d.resolved_at is null))`,
  ],
  [
    'nobody is asked about a message that WhatsApp has told us of',
    `select e.reference || ' ' || e.kind || ' ' || m.status as wrong
     from app_public.effects e
     join app_public.messages m
       on m.merchant_id = e.merchant_id and m.order_id = e.order_id and m.kind = e.kind
     where e.status = 'dead' and m.status in ('sent', 'delivered', 'read')`,
  ],
  [
    'every order that left has one box, with one AWB and its label, or somebody who knows why not',
    `select o.merchant_id || '/' || o.number || ' ' || o.status as wrong
     from app_public.orders_current o
     left join app_public.shipments_current b
       on b.merchant_id = o.merchant_id and b.order_id = o.id and b.awb is not null
       and b.status <> 'cancelled' and (b.labelled_at is not null or exists (
         select from app_public.dead_letters d
         where d.merchant_id = b.merchant_id and d.subject_id = b.id and d.effect_kind = 'fetch_label'))
     where o.status in ('labelled', 'dispatched', 'delivered', 'returned')
     group by o.merchant_id, o.number, o.status having count(b.id) <> 1`,
  ],
  [
    'whatever a call brought about is in the log of calls',
    `select e.reference || ' ' || e.kind as wrong
     from app_public.effects e
     left join app_public.shipments_current s on s.merchant_id = e.merchant_id and s.id = e.shipment_id
     where e.status = 'confirmed' and e.kind not in ('validate_order')
       and not (e.kind = 'cancel_shipment' and s.awb is null)
       -- Chosen by what the carrier had said about the place before, or for an order that was called off.
       and (e.kind <> 'assign_order' or exists (
         select from app_public.rate_quotes q
         where q.merchant_id = e.merchant_id and q.order_id = e.order_id and q.is_chosen
           and q.answer_source = 'carrier'))
       and not exists (
         select from app_public.order_events x
         where x.merchant_id = e.merchant_id and x.order_id = e.order_id and x.type = 'message_sent'
           and x.inputs ->> 'kind' = e.kind and x.inputs ? 'learnt_from')
       and not exists (
         select from app_public.carrier_calls c
         where c.merchant_id = e.merchant_id and c.reference = e.reference
           and c.outcome in ('done', 'exists'))`,
  ],
  [
    'no effect is worked on by two',
    `select concat_ws(' ', c.service, c.reference, c.operation, count(*), 'times:',
       string_agg(format('%s after %s ms', c.called_at, c.duration_ms), ', ')) as wrong
     from app_public.carrier_calls c
     where c.outcome = 'done' and c.operation in ('create_shipment', 'assign_awb')
       -- Blue Dart names the first one's number when it is asked again after an answer that was lost.
       and not (c.service = 'bluedart' and exists (
         select from app_public.effects e
         join app_public.order_events x
           on x.merchant_id = e.merchant_id and x.order_id = e.order_id and x.shipment_id = e.shipment_id
         where e.merchant_id = c.merchant_id and e.reference = c.reference and e.kind = 'book_shipment'
           and x.type = 'shipment_booked' and (x.inputs ->> 'found_by_look_up')::boolean))
     group by c.merchant_id, c.service, c.reference, c.operation having count(*) > 1`,
  ],
  [
    'verify() finds nothing',
    `select v.invariant || ': ' || v.faults || ' ' || v.sample::text as wrong
     from app_private.verify() v where v.faults > 0`,
  ],
];

export async function checkDatabase(db: pg.Client): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const [name, sql] of queries) {
    const { rows } = await db.query<{ wrong: string }>(sql);
    results.push({ name, wrong: rows.map(({ wrong }) => wrong) });
  }
  return results;
}

const readReasons = `
  select o.merchant_id || '/' || o.number as id, o.attention as code, o.attention_reason as reason
  from app_public.orders_current o where o.attention is not null
  union
  select o.merchant_id || '/' || o.number, d.error_code, d.error_message
  from app_public.dead_letters d
  join app_public.orders_current o on o.merchant_id = d.merchant_id and o.id = d.order_id`;

/** «Something failed» is no reason: the code has to be one that somebody has written down. */
export async function checkReasons(db: pg.Client): Promise<CheckResult> {
  const { rows } = await db.query<{ id: string; code: string; reason: string | null }>(readReasons);
  const known = await namedReasons();
  const wrong = rows
    .filter(({ code, reason }) => !known(code) || (reason ?? '').trim() === '')
    .map(({ id, code, reason }) => `${id} ${code}: ${reason ?? ''}`);
  return { name: 'everything that waits for a human has a reason that is in our lists', wrong };
}

const countAccepted = `
  select x.id, count(o.id)::integer as orders
  from unnest($1::integer[], $2::text[]) x (store_id, id)
  left join app_public.orders_current o on o.store_id = x.store_id and o.external_id = x.id
  group by x.store_id, x.id having count(o.id) <> 1`;

export async function checkAccepted(
  db: pg.Client,
  accepted: readonly Accepted[],
  expected: number,
  complaints: readonly string[],
): Promise<CheckResult[]> {
  const { rows } = await db.query<{ id: string; orders: number }>(countAccepted, [
    accepted.map(({ storeId }) => storeId),
    accepted.map(({ externalId }) => externalId),
  ]);
  return [
    {
      name: 'every order that was accepted is there, once',
      wrong: rows.map(({ id, orders }) => `${id} is there ${orders} times`),
    },
    {
      name: 'every shopper was served in the end',
      wrong: [
        ...complaints,
        ...(accepted.length < expected ? [`${accepted.length} of ${expected} orders`] : []),
      ],
    },
  ];
}
