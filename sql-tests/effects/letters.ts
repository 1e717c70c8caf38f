import { drive } from '../support/drive.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder } from '../support/orders.ts';
import { fail, mustClaim, newAwb, refillPool, shipmentOf } from '../support/pipeline.ts';
import type { Effect } from '../support/pipeline.ts';
import { value } from '../support/query.ts';
import type { Db } from '../support/query.ts';

export const letterOf = (db: Db, order: string) =>
  value<string>(
    db,
    `select id as value from app_public.dead_letters
     where order_id = $1 and resolved_at is null`,
    [order],
  );

/** An order whose validation was refused for good. */
export async function deadValidation(
  db: Db,
  merchant: Merchant,
): Promise<{ order: string; letter: string }> {
  const order = await placeOrder(db, merchant, 'automated');
  const { effect } = await mustClaim(db, merchant, order, 'validate_order');
  await fail(db, effect, { outcome: 'refused' });
  return { order, letter: await letterOf(db, order) };
}

export async function deadBooking(
  db: Db,
  merchant: Merchant,
): Promise<{ order: string; shipment: string; letter: string }> {
  const order = await placeOrder(db, merchant, 'automated');
  await drive(db, merchant, order, 'assigned');
  const { id: shipment } = await shipmentOf(db, order);
  const { effect } = await mustClaim(db, merchant, shipment, 'book_shipment');
  await refillPool(db, merchant, shipment, effect.epoch, [newAwb()]);
  await fail(db, effect, { outcome: 'refused' });
  return { order, shipment, letter: await letterOf(db, order) };
}

/** A message that is being sent: that its order is on its way. */
export async function openMessage(
  db: Db,
  merchant: Merchant,
): Promise<{ order: string; effect: Effect; message: string }> {
  const order = await placeOrder(db, merchant, 'automated');
  await drive(db, merchant, order, 'dispatched');
  const { effect } = await mustClaim(db, merchant, order, 'message_shipped');
  const message = await value<string>(
    db,
    `select app_private.open_message($1, $2, 'message_shipped', $3, 'shipped', 'en') as value`,
    [merchant.id, order, effect.epoch],
  );
  return { order, effect, message };
}

/** A message whose answer was lost and about which no report came in time. */
export async function unknownMessage(
  db: Db,
  merchant: Merchant,
): Promise<{ order: string; letter: string; message: string }> {
  const { order, effect, message } = await openMessage(db, merchant);
  await db.query(
    `update app_public.effects set sent_at = clock_timestamp() - interval '1 hour'
     where subject_id = $1 and kind = 'message_shipped'`,
    [order],
  );
  await fail(db, effect, { outcome: 'unknown', code: 'http-500' });
  return { order, letter: await letterOf(db, order), message };
}
