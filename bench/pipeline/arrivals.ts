/** What became of the orders that were sent. */
import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import { one, value } from '../../sql-tests/support/query.ts';

/** Milliseconds from sending to delivery, of the orders that were delivered between two moments. */
export async function latencies(
  admin: pg.Client,
  sentAt: ReadonlyMap<string, number>,
  from: number,
  to: number,
): Promise<number[]> {
  const { rows } = await admin.query<{ external_id: string; delivered_at: Date }>(
    `select o.external_id, e.recorded_at as delivered_at
     from app_public.order_events e
     join app_public.orders_current o on o.merchant_id = e.merchant_id and o.id = e.order_id
     where e.shipment_id is null and e.to_status = 'delivered' and e.recorded_at between $1 and $2`,
    [new Date(from), new Date(to)],
  );
  return rows.map(
    ({ external_id: id, delivered_at: at }) => at.getTime() - (sentAt.get(id) ?? NaN),
  );
}

export function percentile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** What is still to come of them: messages to send, reports of their delivery, webhooks to read. */
export function countOpen(admin: pg.Client): Promise<number> {
  return value<number>(
    admin,
    `select (
       (select count(*) from app_public.effects e where e.status in ('intent', 'sending'))
       + (select count(*) from app_public.messages m where m.delivered_at is null)
       + (select count(*) from app_public.inbound_messages m where m.status = 'received')
     )::integer as value`,
  );
}

/** Speed is worth nothing if something was left out. */
export async function assertWhole(admin: pg.Client, sent: number): Promise<void> {
  const found = await one<Record<string, number>>(
    admin,
    `select
       count(*) filter (where e.shipment_id is null and e.to_status is not null)::integer as moves,
       count(*) filter (where e.type = 'shipment_booked')::integer as awbs,
       (select count(*)::integer from app_private.labels) as labels,
       count(*) filter (where e.type = 'message_sent')::integer as messages,
       count(*) filter (where e.type = 'attention_raised')::integer as in_need_of_a_human
     from app_public.order_events e`,
  );
  const expected = {
    moves: sent * 6,
    awbs: sent,
    labels: sent,
    messages: sent * 3,
    in_need_of_a_human: 0,
  };
  if (!isDeepStrictEqual({ ...found }, expected)) {
    throw new Error(`Of ${sent} orders: ${JSON.stringify(found)}`);
  }
}
