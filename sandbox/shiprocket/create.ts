import { json, textOf } from '../exchange.ts';
import type { Answer, Call } from '../exchange.ts';
import { journeyFor } from '../journey.ts';
import type { World } from '../world.ts';
import type { ShiprocketAccount } from './accounts.ts';
import { invalid, shiprocketServerError } from './answers.ts';
import { bodyOf } from './body.ts';
import { itemsIn, refuseOrder, shipsElsewhere } from './create-rules.ts';
import type { Body } from './create-rules.ts';
import { labelTryFails } from './label-luck.ts';
import { orderStatus } from './order-status.ts';
import type { SrOrder } from './records.ts';

/** Ids rise together and never meet: a shipment's id is no order's. */
const firstOrderId = 16_000_000;
const shipmentIdsAhead = 400_000_000;

/** `POST /orders/create/adhoc` */
export function createOrder(world: World, call: Call, account: ShiprocketAccount): Answer {
  const body = bodyOf(call);
  const refusal = refuseOrder(account, body);
  if (refusal !== null) return refusal;
  const reference = textOf(body, 'order_id');
  const known = world.books.shiprocket.withReference(account.email, reference);
  if (known !== undefined) return repeated(account, known);
  if (labelTryFails(world, account, reference, 'create_crash')) return shiprocketServerError();
  const order = save(world, account, body);
  // Somebody in the panel was faster than the answer.
  if (call.draw.colours.has('cancelled_order')) {
    order.cancelRequestedAt = order.cancelledAt = world.now();
  }
  return json(shown(order));
}

/** The id stays taken for ever, by a cancelled order too; nothing of the new request is kept. */
function repeated(account: ShiprocketAccount, known: SrOrder): Answer {
  if (account.repeatedOrder === 'existing') return json(shown(known), 200, 'exists');
  const errors = { order_id: ['The order id has already been taken.'] };
  return invalid(errors, 'Oops! Invalid Data.', 'exists');
}

function shown(order: SrOrder): unknown {
  const { text, code } = orderStatus(order);
  return {
    order_id: order.id,
    shipment_id: order.shipmentId,
    status: text,
    status_code: code,
    onboarding_completed_now: 0,
    awb_code: order.awb ?? (order.cancelledAt === null ? null : ''),
    courier_company_id: order.courierId,
    courier_name: null,
  };
}

function save(world: World, account: ShiprocketAccount, body: Body): SrOrder {
  const id = firstOrderId + world.books.nextSerial();
  const side = shipsElsewhere(body) ? 'shipping' : 'billing';
  const reference = textOf(body, 'order_id');
  const to = (field: string): string => textOf(body, `${side}_${field}`);
  const payment = textOf(body, 'payment_method').toLowerCase() === 'cod' ? 'cod' : 'prepaid';
  const total = totalOf(body);
  const order: SrOrder = {
    id,
    shipmentId: id + shipmentIdsAhead,
    account: account.email,
    reference,
    pickupLocation: textOf(body, 'pickup_location'),
    customerName: `${to('customer_name')} ${to('last_name')}`.trim(),
    email: to('email'),
    phone: to('phone'),
    address: `${to('address')} ${to('address_2')}`.trim(),
    city: to('city'),
    state: to('state'),
    pin: to('pincode'),
    payment,
    total,
    codAmount: payment === 'cod' ? total : 0,
    products: (itemsIn(body) ?? []).map((item) => ({
      name: textOf(item, 'name'),
      sku: textOf(item, 'sku'),
      units: Number(textOf(item, 'units')),
      price: Number(textOf(item, 'selling_price')),
      hsn: textOf(item, 'hsn'),
    })),
    weightKg: Number(textOf(body, 'weight')),
    createdAt: world.now(),
    cancelRequestedAt: null,
    cancelledAt: null,
    awb: null,
    courierId: null,
    freightPaise: 0,
    assignedAt: null,
    pickupToken: null,
    pickupScheduledAt: null,
    manifestId: null,
    journey: journeyFor(world, to('phone'), reference),
    position: -1,
    scans: [],
    ndr: null,
  };
  world.books.shiprocket.add(order);
  return order;
}

function totalOf(body: Body): number {
  const amount = (field: string): number => Number(textOf(body, field) || 0);
  const charges = ['shipping_charges', 'giftwrap_charges', 'transaction_charges'];
  const added = charges.reduce((sum, field) => sum + amount(field), amount('sub_total'));
  return added - amount('total_discount');
}
