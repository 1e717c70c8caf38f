import { json, textOf } from '../exchange.ts';
import type { Answer, Call } from '../exchange.ts';
import type { World } from '../world.ts';
import type { ShiprocketAccount } from './accounts.ts';
import { failed, invalid, required } from './answers.ts';
import { bodyOf } from './body.ts';
import { couriers } from './couriers.ts';
import { istTimestamp, listDate } from './dates.ts';
import { turnBack } from './motion.ts';
import { pagination } from './orders.ts';
import type { SrOrder } from './records.ts';

const actions = ['re-attempt', 'return', 'fake-attempt'];

/** `GET /ndr/all`: the parcels whose last attempt failed. */
export function listNdr(world: World, call: Call, account: ShiprocketAccount): Answer {
  const search = call.query.get('search') ?? '';
  const found = [...world.books.shiprocket.orders.values()]
    .filter((order) => order.account === account.email && isOpen(order))
    .filter(({ awb }) => search === '' || awb === search)
    .toSorted((a, b) => b.id - a.id);
  const perPage = Number(call.query.get('per_page') ?? 15) || 15;
  const page = Math.max(1, Number(call.query.get('page') ?? 1) || 1);
  const data = found.slice((page - 1) * perPage, page * perPage).map(shown);
  return json({ data, meta: { pagination: pagination(found.length, data.length, perPage, page) } });
}

/** `POST /ndr/{awb}/action` */
export function actOnNdr(
  world: World,
  call: Call,
  account: ShiprocketAccount,
  match: RegExpExecArray,
): Answer {
  const body = bodyOf(call);
  const missing = ['action', 'comments'].filter((field) => textOf(body, field) === '');
  if (missing.length > 0) return required(...missing);
  const action = textOf(body, 'action');
  if (!actions.includes(action)) return invalid({ action: ['The selected action is invalid.'] });
  const order = world.books.shiprocket.byAwb.get(match[1] ?? '');
  if (order?.account !== account.email || order.ndr === null || !isOpen(order)) {
    return failed(400, 'This shipment is not in NDR');
  }
  order.ndr.actions.push({
    action,
    comments: textOf(body, 'comments'),
    phone: textOf(body, 'phone'),
    address: `${textOf(body, 'address1')} ${textOf(body, 'address2')}`.trim(),
    deferredDate: textOf(body, 'deferred_date'),
    at: world.now(),
  });
  if (action === 'return') turnBack(world, order);
  order.phone = textOf(body, 'phone') || order.phone;
  world.books.changed();
  return json({ status: 'Data Updated Sucessfully' }, 202);
}

function isOpen(order: SrOrder): boolean {
  return order.ndr !== null && order.scans.at(-1)?.srStatus === '21';
}

function shown(order: SrOrder): unknown {
  const { ndr } = order;
  return {
    id: order.id,
    shipment_id: order.shipmentId,
    customer_name: order.customerName,
    customer_phone: order.phone,
    customer_address: order.address,
    customer_city: order.city,
    customer_pincode: order.pin,
    status: 'UNDELIVERED',
    status_code: 36,
    payment_method: order.payment,
    created_at: listDate(order.createdAt),
    reason: ndr?.reason ?? '',
    attempts: ndr?.attempts ?? 0,
    ndr_raised_at: istTimestamp(ndr?.raisedAt ?? 0),
    courier: couriers.find(({ id }) => id === order.courierId)?.name ?? '',
    awb_code: order.awb,
    escalation_status: 'N/A',
    history: [{ id: ndr?.id, ndr_reason: ndr?.reason, ndr_attempt: ndr?.attempts, comment: '' }],
    delivered_date: '',
  };
}
