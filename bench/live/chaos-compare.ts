import type pg from 'pg';

import type { ChaosClient, World } from './chaos-clients.ts';

const clientsTable = `
  create temp table chaos_clients (client integer, kind text, public_id text);
  create temp table chaos_received (client integer, order_id uuid, status text)`;

/** What each client must have been told, from the log alone, which clients and servers never write. */
const expectedTable = `
  create temp table chaos_expected as
  select c.client, e.order_id,
    case c.kind when 'shipping' then w.shipping_status else e.to_status end as status
  from chaos_clients c
  join app_public.orders_current o on c.public_id is null or o.public_id = c.public_id
  join app_public.order_events e
    on e.merchant_id = o.merchant_id and e.order_id = o.id and e.shipment_id is null
  join app_public.workflow_statuses w on w.workflow = o.workflow and w.status = e.to_status
  where o.store_id = $1 and e.recorded_at >= $2
    and (c.kind <> 'shipping' or w.shipping_status is not null)`;

const addClients = `
  insert into chaos_clients
  select * from unnest($1::integer[], $2::text[], $3::text[])`;

const addReceived = `
  insert into chaos_received
  select c.client, coalesce(nullif(r.order_id, '')::uuid, o.id), r.status
  from chaos_clients c
  cross join unnest($2::text[], $3::text[]) r (order_id, status)
  left join app_public.orders_current o on o.public_id = c.public_id
  where c.client = $1`;

const differences = `
  select
    (select count(distinct (order_id, status)) from chaos_expected e
     join chaos_clients c using (client) where c.kind = 'moves')::integer as events,
    (select count(*) from chaos_expected)::integer as deliveries,
    (select count(*) from (
      table chaos_expected except select client, order_id, status from chaos_received
    ) m)::integer as missed,
    (select coalesce(sum(d.times - 1), 0) from (
      select count(*) as times from chaos_received group by client, order_id, status
    ) d)::integer as doubled,
    (select count(*) from (
      table chaos_received except select client, order_id, status from chaos_expected
    ) n)::integer as invented`;

export interface Differences {
  /** Of the store. */
  events: number;
  /** Each to each who must be told. */
  deliveries: number;
  missed: number;
  doubled: number;
  /** Told, and not in the log. */
  invented: number;
}

/** Makes the tables of this session; returns how much everybody must have been told. */
export async function expectations(
  admin: pg.Client,
  { storeId, startedAt }: World,
  clients: ChaosClient[],
): Promise<number> {
  await admin.query(clientsTable);
  await admin.query(addClients, [
    clients.map((_, n) => n),
    clients.map(({ kind }) => kind),
    clients.map(({ publicId }) => publicId ?? null),
  ]);
  const { rowCount } = await admin.query(expectedTable, [storeId, startedAt]);
  return rowCount ?? 0;
}

export async function compare(admin: pg.Client, clients: ChaosClient[]): Promise<Differences> {
  for (const [n, { received }] of clients.entries()) {
    const orders = received.map(({ orderId }) => orderId);
    await admin.query(addReceived, [n, orders, received.map(({ status }) => status)]);
  }
  const { rows } = await admin.query<Differences>(differences);
  if (!rows[0]) throw new Error('An aggregate without a row');
  return rows[0];
}
