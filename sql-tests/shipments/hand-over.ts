import { asDba } from '../support/acting.ts';
import { drive } from '../support/drive.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, writeMove } from '../support/orders.ts';
import { mustClaim, recordCancellation, shipmentOf } from '../support/pipeline.ts';
import { one, rows, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';

export interface Manifest {
  id: string;
  number: string;
  box_count: number;
  made_by: number | null;
}

export interface Printed {
  number: number;
  carrier: string;
  madeBy: string | null;
  parcels: { awb: string; reference: string; pincode: string; struck: string | null }[];
}

export async function labelled(db: Db, merchant: Merchant): Promise<string> {
  const order = await placeOrder(db, merchant, 'automated');
  await drive(db, merchant, order, 'labelled');
  return order;
}

export const createSql = 'select * from app_public.make_manifest($1, $2, $3)';

export function create(db: Db, merchant: Merchant, key: string | null = null): Promise<Manifest> {
  return one<Manifest>(db, createSql, [merchant.carrierAccount, merchant.location, key]);
}

export const takeOff = (db: Db, shipmentId: string, reason = 'the van was full', key?: string) =>
  db.query('select app_public.take_off_manifest($1, $2, $3)', [shipmentId, reason, key ?? null]);

export const linesOf = (db: Db, manifest: Manifest) =>
  rows<{ line: number; order_id: string }>(
    db,
    'select line, order_id from app_public.manifest_boxes where manifest_id = $1 order by line',
    [manifest.id],
  );

export const printed = (db: Db, manifest: Manifest) =>
  value<Printed>(db, 'select app_private.manifest_of($1) as value', [manifest.id]);

export const waiting = (db: Db, merchant: Merchant) =>
  rows(
    db,
    `select carrier_account_id, location_id, box_count from app_public.hand_overs
     where merchant_id = $1`,
    [merchant.id],
  );

export async function cancel(db: Db, order: string): Promise<void> {
  await asDba(db);
  await writeMove(db, order, { to: 'cancelled', reason: 'changed her mind' });
}

/** The carrier knows, too. */
export async function callOff(db: Db, merchant: Merchant, order: string): Promise<void> {
  const { id } = await shipmentOf(db, order);
  const { effect } = await mustClaim(db, merchant, id, 'cancel_shipment');
  await recordCancellation(db, merchant, id, effect.epoch);
}

/** A second box of an order, as labelled as its first. */
export async function addBox(
  db: Db,
  merchant: Merchant,
  order: string,
  like: string,
): Promise<void> {
  const planned = `insert into app_public.order_events (order_id, shipment_id, type, inputs)
    select s.order_id, app_hidden.uuid_v7(), 'shipment_planned',
      to_jsonb(s) || '{"box": 2, "items": [], "awb": null}'
        - array['id', 'order_id', 'merchant_id', 'status', 'labelled_at', 'created_at', 'updated_at']
    from app_public.shipments_current s where s.id = $1 returning shipment_id as value`;
  const id = await value<string>(db, planned, [like]);
  await db.query(
    `insert into app_public.order_events (order_id, shipment_id, type, inputs)
     values ($1, $2, 'shipment_booked', '{"awb": "7777777"}')`,
    [order, id],
  );
  await db.query(
    `insert into app_private.labels select $1, $2, '7777777', pdf from app_private.labels
     where shipment_id = $3`,
    [merchant.id, id, like],
  );
  await db.query(
    `insert into app_public.order_events (order_id, shipment_id, to_status) values ($1, $2, 'labelled')`,
    [order, id],
  );
}

/** As if everything of an order's boxes had been that many days ago, their ids too. */
export async function age(db: Db, order: string, days: number): Promise<void> {
  const then = `now() - ${days} * interval '1 day'`;
  const old = `overlay(id::text placing left(app_hidden.uuid_v7_floor(${then})::text, 13) from 1)::uuid`;
  const again = old.replaceAll('id::', 'shipment_id::');
  await db.query('set local session_replication_role = replica');
  for (const sql of [
    `update app_public.shipments_current set id = ${old}, created_at = ${then},
       labelled_at = case when labelled_at is not null then ${then} end where order_id = $1`,
    `update app_public.effects set shipment_id = ${again},
       subject_id = case when subject_id = shipment_id then ${again} else subject_id end
     where order_id = $1 and shipment_id is not null`,
    `update app_public.order_events set shipment_id = ${again}
     where order_id = $1 and shipment_id is not null`,
    `update app_public.shipment_items set shipment_id = ${again} where order_id = $1`,
    `update app_private.labels l set shipment_id = s.id from app_public.shipments_current s
     where s.order_id = $1 and l.awb = s.awb`,
  ]) {
    await db.query(sql, [order]);
  }
  await db.query(
    `update app_public.carrier_pickups p set pickup_on = (${then})::date
     from app_public.shipments_current s where s.order_id = $1 and p.id = s.carrier_pickup_id`,
    [order],
  );
  await db.query('set local session_replication_role = origin');
}
