/**
 * Whether a run adds up. Each check asks the database for what is wrong: it passes when there is
 * nothing.
 */
import type pg from 'pg';
import type { DemoOrder } from './orders.ts';
import { readRows, runBoxes, runOrders } from './run-scope.ts';
import type { RunScope } from './run-scope.ts';
import type { Script } from './webhooks.ts';

export interface CheckResult {
  name: string;
  /** What is wrong; empty when the check passes. */
  wrong: string[];
}

/** By name, a query for what is wrong. All take the store and the external ids. */
const queries: readonly (readonly [name: string, sql: string])[] = [
  [
    'no order is lost',
    `
    select x.id as wrong from unnest($2::text[]) x (id)
    where not exists (select from (${runOrders}) o where o.external_id = x.id)`,
  ],
  [
    'no order is there twice',
    `
    select o.external_id as wrong from (${runOrders}) o
    group by o.external_id having count(*) > 1`,
  ],
  [
    'every order has arrived, or waits for a human with a reason',
    `
    select o.external_id || ' ' || o.status as wrong
    from (${runOrders}) o
    join app_public.workflow_statuses s on s.workflow = o.workflow and s.status = o.status
    where not s.is_terminal and btrim(coalesce(o.attention_reason, '')) = ''`,
  ],
  [
    'every order that left has one box, with one AWB and its label',
    `
    select o.external_id as wrong
    from (${runOrders}) o
    left join (${runBoxes}) b
      on b.order_id = o.id and b.awb is not null and b.labelled_at is not null
    where o.status in ('labelled', 'dispatched', 'delivered')
    group by o.external_id having count(b.id) <> 1`,
  ],
  [
    'no AWB is used twice',
    `
    select b.awb as wrong from (${runBoxes}) b
    join app_public.shipments_current s on s.carrier = b.carrier and s.awb = b.awb
    group by b.awb having count(*) > 1`,
  ],
  [
    'each order that arrived has one message of each kind, the others none',
    `
    select o.external_id || ' ' || coalesce(m.kinds, 'none') as wrong
    from (${runOrders}) o
    left join lateral (
      select string_agg(m.kind, ' ' order by m.kind) as kinds from app_public.messages m
      where m.merchant_id = o.merchant_id and m.order_id = o.id and m.status <> 'failed'
    ) m on true
    where coalesce(m.kinds, '') <> case when o.status = 'delivered'
      then 'message_delivered message_packed message_shipped' else '' end`,
  ],
  [
    'no effect is left open, none has failed unseen',
    `
    select o.external_id || ' ' || e.kind || ' ' || e.status as wrong
    from (${runOrders}) o
    join app_public.effects e on e.merchant_id = o.merchant_id and e.order_id = o.id
    where e.status in ('intent', 'sending') or (e.status = 'dead' and o.attention is null)`,
  ],
];

export async function checkDatabase(
  db: pg.Client,
  { storeId, externalIds }: RunScope,
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const [name, sql] of queries) {
    const rows = await readRows<{ wrong: string }>(db, sql, [storeId, externalIds]);
    results.push({ name, wrong: rows.map(({ wrong }) => wrong) });
  }
  return results;
}

const readFates = `
  select o.external_id as id, coalesce(o.attention, o.status) as fate from (${runOrders}) o`;

/** Which orders wait, and under which code, is known beforehand: those, and no others. */
export async function checkFates(
  db: pg.Client,
  { storeId, externalIds }: RunScope,
  orders: readonly DemoOrder[],
): Promise<CheckResult> {
  const rows = await readRows<{ id: string; fate: string }>(db, readFates, [storeId, externalIds]);
  const fates = new Map(rows.map(({ id, fate }) => [id, fate]));
  const wrong = orders.flatMap(({ externalId, attention, mess }) => {
    const [fate, expected] = [fates.get(externalId) ?? 'lost', attention ?? 'delivered'];
    return fate === expected ? [] : [`${mess}: ${fate}, not ${expected}`];
  });
  return { name: 'only the orders that no rule can mend wait for a human', wrong };
}

const readWebhooks = `
  select m.external_id as id, m.attention_field as field, m.attention_reason as reason
  from app_public.inbound_messages m
  where m.service = 'shopify' and m.account_id = $1 and m.external_id = any ($2)`;

export async function checkWebhooks(
  db: pg.Client,
  { storeId, eventIds }: RunScope,
  { broken, forgedEventIds }: Script,
  forgedAnswers: readonly number[],
): Promise<CheckResult[]> {
  const rows = await readRows<{ id: string; field: string | null; reason: string | null }>(
    db,
    readWebhooks,
    [storeId, [...eventIds, ...forgedEventIds]],
  );
  const fieldOf = new Map(broken.map(({ eventId, field }) => [eventId, field]));
  const amiss = rows.filter(({ id, field, reason }) => {
    const expected = fieldOf.get(id);
    return field !== (expected ?? null) || (reason !== null) !== (expected !== undefined);
  });
  return [
    {
      name: 'every webhook is stored once, however often it was sent',
      wrong: eventIds.filter((event) => rows.filter(({ id }) => id === event).length !== 1),
    },
    {
      name: 'broken webhooks wait with field and reason, and only those',
      wrong: amiss.map(({ id, field, reason }) => `${id} ${field ?? ''}: ${reason ?? 'no reason'}`),
    },
    {
      name: 'a wrong signature is answered with 401 and leaves nothing',
      wrong: [
        ...forgedAnswers.filter((status) => status !== 401).map((status) => `answered ${status}`),
        ...forgedEventIds.filter((event) => rows.some(({ id }) => id === event)),
      ],
    },
  ];
}
