/** Follows a run: what is open, and how long it takes until nothing is. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

import { withClient } from '../../database/connection.ts';

export interface Open {
  orders: number;
  /** Parcels of orders that have ended, which the carriers still bring or bring back. */
  boxes: number;
  webhooks: number;
  effects: number;
  /** Of the effects those that wait for a report that only the service can send. */
  unheard: number;
  /** Committed events that no job has been made of yet. */
  lag: number;
  total: number;
  terminal: number;
  attention: number;
  /** Their label is there, or will not come any more. */
  labelled: number;
}

/** An order is settled when it has reached its end, or waits for a human who knows why. */
const readOpen = `
  select
    (select count(*) from app_public.orders_current o
     join app_public.workflow_statuses s on s.workflow = o.workflow and s.status = o.status
     where not s.is_terminal and o.attention is null)::integer as orders,
    (select count(*) from app_public.shipments_current b
     join app_public.workflow_statuses p on p.workflow = 'parcel' and p.status = b.status
     join app_public.orders_current o on o.merchant_id = b.merchant_id and o.id = b.order_id
     join app_public.workflow_statuses s on s.workflow = o.workflow and s.status = o.status
     where s.is_terminal and not p.is_terminal and (b.status not in ('planned', 'labelled') or exists (
       select from app_public.effects e
       where e.merchant_id = b.merchant_id and e.subject_id = b.id and e.kind = 'cancel_shipment'
         and e.status = 'dead' and e.error_code = 'CARRIER_HAS_PARCEL')))::integer as boxes,
    (select count(*) from app_public.inbound_messages where status = 'received')::integer as webhooks,
    (select count(*) from app_public.effects where status in ('intent', 'sending'))::integer as effects,
    (select count(*) from app_public.effects e join app_public.effect_kinds k using (kind)
     where e.status = 'sending' and k.after_unknown = 'ask')::integer as unheard,
    coalesce(extract(epoch from app_private.dispatch_lag()), 0)::float as lag,
    (select count(*) from app_public.orders_current)::integer as total,
    (select count(*) from app_public.orders_current o
     join app_public.workflow_statuses s on s.workflow = o.workflow and s.status = o.status
     where s.is_terminal)::integer as terminal,
    (select count(*) from app_public.orders_current where attention is not null)::integer as attention,
    (select count(*) from app_public.orders_current
     where attention is not null or status not in ('received', 'validated', 'assigned'))::integer
      as labelled`;

export async function readProgress(client: pg.Client): Promise<Open> {
  const { rows } = await client.query<Open>(readOpen);
  if (rows[0] === undefined) throw new Error('A row of counts is missing');
  return rows[0];
}

/** Null while the database is away. */
export function glance(adminUrl: string): Promise<Open | null> {
  const limits = { connectionTimeoutMillis: 5_000, query_timeout: 20_000 };
  return withClient(adminUrl, readProgress, limits).catch(() => null);
}

export interface Drain {
  /** Until every order was settled; null: it was not in time. */
  ordersSeconds: number | null;
  /** Until no effect was open either. */
  allSeconds: number | null;
  left: Open;
}

export async function drain(
  adminUrl: string,
  mostSeconds: number,
  show: (open: Open) => void,
): Promise<Drain> {
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1000;
  let ordersSeconds: number | null = null;
  for (let shownAt = 0; ; await sleep(1_000)) {
    const open = await glance(adminUrl);
    if (open !== null) {
      if (seconds() - shownAt >= 5) {
        show(open);
        shownAt = seconds();
      }
      const settled = open.orders + open.boxes + open.webhooks === 0 && open.lag === 0;
      ordersSeconds = settled ? (ordersSeconds ?? seconds()) : null;
      if (settled && open.effects === 0)
        return { ordersSeconds, allSeconds: seconds(), left: open };
      if (seconds() > mostSeconds) return { ordersSeconds, allSeconds: null, left: open };
    }
    if (seconds() > mostSeconds + 60) throw new Error('The database does not answer any more');
  }
}
