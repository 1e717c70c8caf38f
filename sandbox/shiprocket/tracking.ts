import { json } from '../exchange.ts';
import type { Answer, Call } from '../exchange.ts';
import { placeOf } from '../delhivery/postal-circles.ts';
import type { World } from '../world.ts';
import type { ShiprocketAccount } from './accounts.ts';
import { foreachError, invalid, required } from './answers.ts';
import { bodyOf } from './body.ts';
import { couriers } from './couriers.ts';
import { istTimestamp } from './dates.ts';
import { shipmentStatus } from './order-status.ts';
import type { SrOrder } from './records.ts';
import { activityOf } from './webhook.ts';

const mostAtOnce = 50;

/** `GET /courier/track/awb/{awb}` */
export function trackByAwb(
  world: World,
  _call: Call,
  account: ShiprocketAccount,
  match: RegExpExecArray,
): Answer {
  return one(ownOrder(account, world.books.shiprocket.byAwb.get(match[1] ?? '')));
}

/** `GET /courier/track/shipment/{shipment_id}` */
export function trackByShipment(
  world: World,
  _call: Call,
  account: ShiprocketAccount,
  match: RegExpExecArray,
): Answer {
  return one(ownOrder(account, world.books.shiprocket.byShipment.get(Number(match[1]))));
}

/** `POST /courier/track/awbs`: an answer for each number that is known, under the number. */
export function trackMany(world: World, call: Call, account: ShiprocketAccount): Answer {
  const { awbs } = bodyOf(call);
  if (awbs === undefined) return required('awbs');
  if (!Array.isArray(awbs)) return foreachError();
  if (awbs.length > mostAtOnce) {
    return invalid({ awbs: [`The awbs may not have more than ${mostAtOnce} items.`] });
  }
  const found = awbs
    .map((awb) => ownOrder(account, world.books.shiprocket.byAwb.get(String(awb))))
    .filter((order) => order !== undefined);
  const entries = found.map((order) => [order.awb, { tracking_data: shown(order) }]);
  return json(Object.fromEntries(entries), 200, found.length === 0 ? 'not_found' : 'ok');
}

function ownOrder(account: ShiprocketAccount, order: SrOrder | undefined): SrOrder | undefined {
  return order?.account === account.email && order.awb !== null ? order : undefined;
}

function one(order: SrOrder | undefined): Answer {
  return json({ tracking_data: shown(order) }, 200, order === undefined ? 'not_found' : 'ok');
}

function shown(order: SrOrder | undefined): unknown {
  if (order === undefined || order.scans.length === 0) {
    const error =
      'Aahh! There is no activities found in our DB. Please have some patience it will be ' +
      'updated soon.';
    return { track_status: 0, shipment_status: 0, shipment_track: [], error };
  }
  const { text, code } = shipmentStatus(order);
  return {
    track_status: 1,
    shipment_status: code,
    shipment_track: [trackOf(order, text)],
    shipment_track_activities: order.scans.map(activityOf).toReversed(),
    track_url: `https://shiprocket.co/tracking/${order.awb}`,
    etd: '0000-00-00 00:00:00',
  };
}

function trackOf(order: SrOrder, current_status: string): object {
  const at = (srStatus: string): string | null => {
    const scan = order.scans.find((one) => one.srStatus === srStatus);
    return scan === undefined ? null : istTimestamp(scan.at);
  };
  const destination = placeOf(order.pin)?.city ?? order.city;
  return {
    id: order.shipmentId,
    awb_code: order.awb,
    courier_company_id: order.courierId,
    shipment_id: order.shipmentId,
    order_id: order.id,
    pickup_date: at('42'),
    delivered_date: at('7'),
    weight: String(order.weightKg),
    packages: 1,
    current_status,
    delivered_to: destination,
    destination,
    consignee_name: order.customerName,
    origin: '',
    courier_agent_details: null,
    courier_name: couriers.find(({ id }) => id === order.courierId)?.name ?? '',
    edd: null,
  };
}
