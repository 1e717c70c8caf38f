import { json, textOf } from '../exchange.ts';
import type { Answer, Call } from '../exchange.ts';
import type { World } from '../world.ts';
import type { ShiprocketAccount } from './accounts.ts';
import { failed, invalid, required } from './answers.ts';
import { bodyOf, idsIn } from './body.ts';
import { couriers } from './couriers.ts';
import { istDate, istTimestamp, phpDate } from './dates.ts';
import { nextVisit, startMotion } from './motion.ts';

/** `POST /courier/generate/pickup`: per shipment, and one of them a call. */
export function generatePickup(world: World, call: Call, account: ShiprocketAccount): Answer {
  const body = bodyOf(call);
  if (body['shipment_id'] === undefined) return required('shipment_id');
  const ids = idsIn(body['shipment_id']) ?? [Number(textOf(body, 'shipment_id'))];
  if (ids.length !== 1) return failed(400, 'Only one shipment id is allowed');
  const order = world.books.shiprocket.byShipment.get(ids[0] ?? 0);
  if (order?.account !== account.email || order.awb === null || order.cancelRequestedAt !== null) {
    return failed(400, 'Invalid shipment id');
  }
  const scheduledAt = visitOn(world, body['pickup_date']);
  if (scheduledAt === null) return invalid({ pickup_date: ['The pickup date is not valid.'] });
  if (order.pickupToken !== null) return failed(400, 'Already in Pickup Queue.', 'exists');
  order.pickupToken = `${istDate(world.now()).replaceAll('-', '')}${order.shipmentId}`;
  order.pickupScheduledAt = scheduledAt;
  startMotion(world, order);
  const courier = couriers.find(({ id }) => id === order.courierId)?.name ?? '';
  return json({
    pickup_status: 1,
    response: {
      pickup_scheduled_date: istTimestamp(scheduledAt),
      pickup_token_number: order.pickupToken,
      status: 3,
      others: JSON.stringify({ tier_id: 5, etd_zone: 'z_e' }),
      pickup_generated_date: phpDate(world.now()),
      data: `Pickup is confirmed by ${courier} For AWB :- ${order.awb}`,
    },
  });
}

/** A list of one date, today or later; none at all means the next visit. */
function visitOn(world: World, sent: unknown): number | null {
  if (sent === undefined) return nextVisit(world);
  const date: unknown = Array.isArray(sent) ? sent[0] : sent;
  if (typeof date !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(date)) return null;
  if (date < istDate(world.now())) return null;
  return Date.parse(`${date}T14:00:00+05:30`);
}
