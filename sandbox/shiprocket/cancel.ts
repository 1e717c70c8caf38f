import { json } from '../exchange.ts';
import type { Answer, Call } from '../exchange.ts';
import type { World } from '../world.ts';
import type { ShiprocketAccount } from './accounts.ts';
import { failed, foreachError, required } from './answers.ts';
import { bodyOf, idsIn } from './body.ts';
import { cancelMotion, isOver } from './motion.ts';
import type { SrOrder } from './records.ts';

/** `POST /orders/cancel`, by Shiprocket's order ids. */
export function cancelOrders(world: World, call: Call, account: ShiprocketAccount): Answer {
  const sent = bodyOf(call)['ids'];
  if (sent === undefined) return required('ids');
  const ids = idsIn(sent);
  if (ids === null) return foreachError();
  const { orders, byShipment } = world.books.shiprocket;
  const found = ids.map((id) => orders.get(id)).filter((order) => isOwn(account, order));
  // The ids of shipments are another kind of number.
  if (ids.some((id) => byShipment.has(id))) return failed(400, 'Order Id does not exist');
  if (found.length < ids.length) return failed(500, 'Trying to get property of non-object');
  return cancelAll(
    world,
    found.filter((order) => order !== undefined),
  );
}

/** `POST /orders/cancel/shipment/awbs` */
export function cancelShipments(world: World, call: Call, account: ShiprocketAccount): Answer {
  const { awbs } = bodyOf(call);
  if (awbs === undefined) return required('awbs');
  if (!Array.isArray(awbs)) return foreachError();
  const found = awbs.map((awb) => world.books.shiprocket.byAwb.get(String(awb)));
  if (found.some((order) => !isOwn(account, order))) return failed(400, 'Invalid AWB', 'not_found');
  const cancelled = cancelAll(
    world,
    found.filter((order) => order !== undefined),
  );
  if (cancelled.status >= 400) return cancelled;
  const message = 'Bulk Shipment cancellation is in progress. Please wait for sometime.';
  return json({ message, status_code: 200 });
}

function isOwn(account: ShiprocketAccount, order: SrOrder | undefined): boolean {
  return order?.account === account.email;
}

/** Answered before it is done; with and without a body. */
function cancelAll(world: World, orders: readonly SrOrder[]): Answer {
  if (orders.some((order) => isOver(order) && order.cancelledAt === null)) {
    return failed(400, 'Cannot cancel order in its current status');
  }
  for (const order of orders) cancelMotion(world, order);
  if ((orders[0]?.id ?? 0) % 2 === 0) return { status: 204, headers: {}, body: '', outcome: 'ok' };
  return json({ message: 'Order cancelled successfully.', status_code: 200 });
}
