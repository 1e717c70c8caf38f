import { rateCard } from '../rates/cards.ts';
import { asDba, asMember } from '../support/acting.ts';
import { drive } from '../support/drive.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder } from '../support/orders.ts';
import { fail, mustClaim, shipmentOf } from '../support/pipeline.ts';
import { value } from '../support/query.ts';
import type { Db } from '../support/query.ts';

/** What somebody from outside may try to get at. */
export interface House {
  order: string;
  shipment: string;
  deadLetter: string;
}

/** Gives a merchant a row in every table, by the functions that write them. In a transaction. */
export async function fillHouse(db: Db, merchant: Merchant): Promise<House> {
  const order = await placeOrder(db, merchant, 'automated', { external_id: 'full house' });
  await drive(db, merchant, order, 'labelled');
  await handOver(db, merchant);
  await drive(db, merchant, order, 'dispatched', 'labelled');
  const { id: shipment } = await shipmentOf(db, order);
  const { effect } = await mustClaim(db, merchant, order, 'message_shipped');
  await db.query(
    `select app_private.open_message($1, $2, 'message_shipped', $3, 'shipped', 'en')`,
    [merchant.id, order, effect.epoch],
  );
  const packed = await mustClaim(db, merchant, order, 'message_packed');
  await fail(db, packed.effect, { outcome: 'refused' });
  await db.query('select app_private.record_call($1, $2)', [
    merchant.id,
    {
      service: 'delhivery',
      account_id: merchant.carrierAccount,
      operation: 'track',
      outcome: 'transient',
      duration_ms: 3,
    },
  ]);
  await db.query(
    `select app_private.receive_message($1, 'shopify', $2, 'orders/create', 'd-1', '{}')`,
    [merchant.id, merchant.automated],
  );
  await db.query(`select app_private.open_session($1, $2, $3, '30 days', 'Firefox')`, [
    merchant.id,
    merchant.staff,
    Buffer.from(`token of ${merchant.id}`),
  ]);
  await db.query(`select app_private.plan_digests('2026-03-04 02:30Z')`);
  await asMember(db, merchant, 'owner');
  await placeOrderAtCounter(db, merchant);
  await db.query('select app_public.check_carrier_connection($1)', [merchant.carrierAccount]);
  await db.query('select app_public.import_rate_card($1)', [rateCard(merchant.carrierAccount)]);
  await db.query(`select app_public.invite_member('new@merchant.example', 'New', 'staff')`);
  await asDba(db);
  // The dispatcher would do it once the transaction is committed.
  await db.query('select app_hidden.count_events(pg_current_xact_id(), pg_current_xact_id())');
  const deadLetter = await value<string>(
    db,
    'select id as value from app_public.dead_letters where order_id = $1',
    [order],
  );
  return { order, shipment, deadLetter };
}

/** One box on a manifest, and one that waits for the next. */
async function handOver(db: Db, merchant: Merchant): Promise<void> {
  const sql = 'select app_public.make_manifest($1, $2)';
  await db.query(sql, [merchant.carrierAccount, merchant.location]);
  await drive(db, merchant, await placeOrder(db, merchant, 'automated'), 'labelled');
}

async function placeOrderAtCounter(db: Db, merchant: Merchant): Promise<void> {
  await db.query(`select app_public.place_order($1, 'a key')`, [
    {
      store_id: merchant.pickup,
      payment_mode: 'prepaid',
      items: [{ title: 'Saree', quantity: 1, unit_price_minor: 1 }],
    },
  ]);
}
