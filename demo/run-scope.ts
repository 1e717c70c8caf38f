import type pg from 'pg';

/** Which orders and webhooks a run is about: no figure and no check looks at any others. */
export interface RunScope {
  storeId: number;
  externalIds: string[];
  eventIds: string[];
}

/** The run's orders, given the store and the external ids. */
export const runOrders = `
  select o.* from app_public.orders_current o where o.store_id = $1 and o.external_id = any ($2)`;

/** The same orders' boxes. */
export const runBoxes = `
  select s.*, o.external_id from (${runOrders}) o
  join app_public.shipments_current s on s.merchant_id = o.merchant_id and s.order_id = o.id`;

export async function readRows<T extends pg.QueryResultRow>(
  db: pg.Client,
  sql: string,
  values: readonly unknown[],
): Promise<T[]> {
  const { rows } = await db.query<T>(sql, [...values]);
  return rows;
}
