/**
 * Whether a run adds up. Each check asks the database for what is wrong: it passes when there is
 * nothing. The sandbox's books are the second witness, which knows nothing of our database.
 */
import type pg from 'pg';
import type { RunScope } from './follow.ts';
import type { DemoOrder } from './orders.ts';
import type { Books } from './sandbox-books.ts';
import type { Script } from './webhooks.ts';

export interface CheckResult {
  name: string;
  /** What is wrong, some of it; empty when the check passes. */
  wrong: string[];
}

const ours = `
  select o.* from app_public.orders_current o where o.store_id = $1 and o.external_id = any ($2)`;
const ourBoxes = `
  select s.*, o.external_id from (${ours}) o
  join app_public.shipments_current s on s.merchant_id = o.merchant_id and s.order_id = o.id`;

/** By name, a query for what is wrong. All take the store and the external ids. */
const queries: readonly (readonly [name: string, sql: string])[] = [
  ['no order is lost', `
    select x.id as wrong from unnest($2::text[]) x (id)
    where not exists (select from (${ours}) o where o.external_id = x.id)`],
  ['no order is there twice', `
    select o.external_id as wrong from (${ours}) o group by o.external_id having count(*) > 1`],
  ['every order has arrived, or waits for a human with a reason', `
    select o.external_id || ' ' || o.status as wrong
    from (${ours}) o join app_public.workflow_statuses s on s.workflow = o.workflow and s.status = o.status
    where not s.is_terminal and btrim(coalesce(o.attention_reason, '')) = ''`],
  ['every order that left has one box, with one AWB and its label', `
    select o.external_id as wrong
    from (${ours}) o
    left join (${ourBoxes}) s on s.order_id = o.id and s.awb is not null and s.labelled_at is not null
    where o.status in ('labelled', 'dispatched', 'delivered')
    group by o.external_id having count(s.id) <> 1`],
  ['no AWB is used twice', `
    select b.awb as wrong from (${ourBoxes}) b
    join app_public.shipments_current s on s.carrier = b.carrier and s.awb = b.awb
    group by b.awb having count(*) > 1`],
  ['each order that arrived has one message of each kind, the others none', `
    select o.external_id || ' ' || coalesce(m.kinds, 'none') as wrong
    from (${ours}) o
    left join lateral (
      select string_agg(m.kind, ' ' order by m.kind) as kinds from app_public.messages m
      where m.merchant_id = o.merchant_id and m.order_id = o.id and m.status <> 'failed'
    ) m on true
    where coalesce(m.kinds, '') <> case when o.status = 'delivered'
      then 'message_delivered message_packed message_shipped' else '' end`],
  ['no effect is left open', `
    select o.external_id || ' ' || e.kind || ' ' || e.status as wrong
    from (${ours}) o join app_public.effects e on e.merchant_id = o.merchant_id and e.order_id = o.id
    where e.status in ('intent', 'sending') or (e.status = 'dead' and o.attention is null)`],
];

export async function checkDatabase(db: pg.Client, { storeId, externalIds }: RunScope): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const [name, sql] of queries) {
    const { rows } = await db.query<{ wrong: string }>(sql, [storeId, externalIds]);
    results.push({ name, wrong: rows.map(({ wrong }) => wrong) });
  }
  return results;
}

/** Which orders wait, and under which code, is known beforehand: those, and no others. */
export async function checkFates(db: pg.Client, scope: RunScope, orders: readonly DemoOrder[]): Promise<CheckResult> {
  const { rows } = await db.query<{ external_id: string; fate: string }>(
    `select o.external_id, coalesce(o.attention, o.status) as fate from (${ours}) o`, [scope.storeId, scope.externalIds],
  );
  const fates = new Map(rows.map(({ external_id, fate }) => [external_id, fate]));
  const wrong = orders.flatMap(({ externalId, attention, mess }) => {
    const [fate, expected] = [fates.get(externalId) ?? 'lost', attention ?? 'delivered'];
    return fate === expected ? [] : [`${mess}: ${fate}, not ${expected}`];
  });
  return { name: 'only the orders that no rule can mend wait for a human', wrong };
}

export async function checkWebhooks(
  db: pg.Client, { storeId }: RunScope, script: Script, forgedAnswers: readonly number[],
): Promise<CheckResult[]> {
  const { rows } = await db.query<{ id: string; times: number; field: string | null; reason: string | null }>(
    `select m.external_id as id, count(*)::integer as times, min(m.attention_field) as field,
       min(m.attention_reason) as reason
     from app_public.inbound_messages m
     where m.service = 'shopify' and m.account_id = $1 and m.external_id = any ($2)
     group by m.external_id`, [storeId, [...script.eventIds, ...script.forgedEventIds]],
  );
  const stored = new Map(rows.map((row) => [row.id, row]));
  const fieldOf = new Map(script.broken.map(({ eventId, field }) => [eventId, field]));
  return [
    {
      name: 'every webhook is stored once, however often it was sent',
      wrong: script.eventIds.filter((id) => stored.get(id)?.times !== 1),
    },
    {
      name: 'broken webhooks wait with field and reason, and only those',
      wrong: script.eventIds.filter((id) => {
        const row = stored.get(id);
        return (row?.field ?? undefined) !== fieldOf.get(id) || (row?.reason != null) !== fieldOf.has(id);
      }),
    },
    {
      name: 'a wrong signature is answered with 401 and leaves nothing',
      wrong: [
        ...forgedAnswers.filter((status) => status !== 401).map((status) => `answered ${status}`),
        ...script.forgedEventIds.filter((id) => stored.has(id)),
      ],
    },
  ];
}

interface Box {
  awb: string;
  reference: string;
  cod_minor: number;
}

/** The same parcels, the same cash to collect and the same messages on both sides. */
export async function checkBooks(db: pg.Client, { storeId, externalIds }: RunScope, books: Books): Promise<CheckResult[]> {
  const { rows: boxes } = await db.query<Box>(
    `select b.awb, e.reference, b.cod_amount_minor::integer as cod_minor
     from (${ourBoxes}) b
     join app_public.effects e on e.merchant_id = b.merchant_id and e.subject_id = b.id and e.kind = 'book_shipment'
     where b.awb is not null`, [storeId, externalIds],
  );
  const { rows: messages } = await db.query<{ key: string; provider_id: string | null }>(
    `select m.merchant_id || ':' || m.id as key, m.provider_message_id as provider_id
     from (${ours}) o join app_public.messages m on m.merchant_id = o.merchant_id and m.order_id = o.id`,
    [storeId, externalIds],
  );
  return [
    { name: "the sandbox's parcels are ours, one for each reference", wrong: parcelsAmiss(boxes, books) },
    { name: 'the courier collects what is owed, and nothing else', wrong: cashAmiss(boxes, books) },
    { name: "the sandbox's messages are ours, each sent once", wrong: messagesAmiss(messages, books) },
  ];
}

function parcelsAmiss(boxes: readonly Box[], { parcels }: Books): string[] {
  const references = new Set(boxes.map(({ reference }) => reference));
  const line = ({ reference, awb }: { reference: string; awb: string }) => `${reference} ${awb}`;
  const theirs = parcels.filter(({ reference }) => references.has(reference)).map(line);
  const own = boxes.map(line);
  const missing = own.filter((one) => !theirs.includes(one)).map((one) => `${one} is not in the books`);
  // A second parcel for a reference is an order that was shipped twice.
  const extra = theirs.filter((one, at) => !own.includes(one) || theirs.indexOf(one) !== at);
  return [...missing, ...extra.map((one) => `${one} is only in the books`)];
}

function cashAmiss(boxes: readonly Box[], { parcels }: Books): string[] {
  const byAwb = new Map(parcels.map((parcel) => [parcel.awb, parcel]));
  return boxes.flatMap(({ awb, cod_minor }) => {
    const parcel = byAwb.get(awb);
    const collected = parcel?.payment === 'COD' ? Math.round(parcel.codAmount * 100) : 0;
    return parcel === undefined || collected === cod_minor ? [] : [`${awb}: ${collected} instead of ${cod_minor}`];
  });
}

function messagesAmiss(messages: readonly { key: string; provider_id: string | null }[], books: Books): string[] {
  const sent = new Map<string, string[]>();
  for (const { id, callbackData } of books.messages) {
    if (callbackData !== null) sent.set(callbackData, [...(sent.get(callbackData) ?? []), id]);
  }
  return messages.flatMap(({ key, provider_id }) => {
    const ids = sent.get(key) ?? [];
    return ids.length === 1 && ids[0] === provider_id ? [] : [`${key} was sent ${ids.length} times`];
  });
}
