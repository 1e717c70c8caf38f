import { asActor } from '../support/acting.ts';
import { book, drive, giveLabelUp, label } from '../support/drive.ts';
import type { Merchant, OrderWorkflow } from '../support/merchants.ts';
import { placeOrder, writeMove } from '../support/orders.ts';
import type { Move } from '../support/orders.ts';
import { pdf, shipmentOf } from '../support/pipeline.ts';
import type { Db } from '../support/query.ts';

/** What an event into each status has to bring with it. */
export function moveTo(to: string): Move {
  if (to === 'cancelled') return { to, reason: 'The customer called.' };
  if (to === 'shipped') return { to, inputs: { tracking_code: 'DTDC-1234567' } };
  return { to };
}

const steps: Record<Exclude<OrderWorkflow, 'automated'>, Record<string, string[]>> = {
  shipping: {
    pending: [],
    accepted: ['accepted'],
    packing: ['accepted', 'packing'],
    shipped: ['accepted', 'packing', 'shipped'],
    delivered: ['accepted', 'packing', 'shipped', 'delivered'],
    returned: ['accepted', 'packing', 'shipped', 'returned'],
    cancelled: ['cancelled'],
  },
  pickup: {
    pending: [],
    accepted: ['accepted'],
    in_progress: ['accepted', 'in_progress'],
    ready: ['accepted', 'in_progress', 'ready'],
    completed: ['accepted', 'in_progress', 'ready', 'completed'],
    cancelled: ['cancelled'],
  },
};

/** Places an order and takes it to a status, step by step, as an owner. */
export async function orderAt(
  db: Db,
  merchant: Merchant,
  workflow: OrderWorkflow,
  status: string,
): Promise<string> {
  if (workflow === 'automated') return automatedOrderAt(db, merchant, status);
  const orderId = await placeOrder(db, merchant, workflow);
  await asActor(db, merchant, 'owner');
  for (const to of steps[workflow][status] ?? []) await writeMove(db, orderId, moveTo(to));
  return orderId;
}

/**
 * The box of an automated order is one step ahead of the order, as far as a person who writes its
 * events by hand can take it: the guard of the next status holds.
 */
async function automatedOrderAt(db: Db, merchant: Merchant, status: string): Promise<string> {
  const phone_e164 = '+919847012345';
  const orderId = await placeOrder(db, merchant, 'automated', {
    ship_to: {
      name: 'Asha',
      phone: phone_e164,
      phone_e164,
      address1: '12 Palm Grove',
      pincode: '682001',
    },
  });
  const before: Record<string, string> = { cancelled: 'received', returned: 'dispatched' };
  await drive(db, merchant, orderId, before[status] ?? status);
  await asActor(db, merchant, 'owner');
  if (status === 'assigned') await labelBox(db, merchant, orderId);
  if (status === 'labelled') await moveBox(db, orderId, 'handed_over');
  if (status === 'dispatched' || status === 'returned') await moveBox(db, orderId, 'delivered');
  if (status in before) await writeMove(db, orderId, moveTo(status));
  return orderId;
}

/** Labels the box without the order following it. */
async function labelBox(db: Db, merchant: Merchant, orderId: string): Promise<void> {
  await book(db, merchant, orderId);
  await asActor(db, merchant, 'owner');
  const { id, awb } = await shipmentOf(db, orderId);
  await db.query('insert into app_private.labels values ($1, $2, $3, $4)', [
    merchant.id,
    id,
    awb,
    pdf,
  ]);
  await moveBox(db, orderId, 'labelled');
}

async function moveBox(db: Db, orderId: string, to: string): Promise<void> {
  const { id } = await shipmentOf(db, orderId);
  await writeMove(db, orderId, { to, shipment: id });
}

/**
 * A parcel at a status; planned ones have an AWB and a label, so that they may be labelled, and nobody
 * fetches it any more, so that they may leave.
 */
export async function parcelAt(
  db: Db,
  merchant: Merchant,
  status: string,
): Promise<{ orderId: string; shipment: string }> {
  const orderId = await placeOrder(db, merchant, 'automated');
  await drive(db, merchant, orderId, 'assigned');
  if (status === 'planned') {
    await book(db, merchant, orderId);
    const { id, awb } = await shipmentOf(db, orderId);
    await giveLabelUp(db, merchant, orderId);
    await db.query('insert into app_private.labels values ($1, $2, $3, $4)', [
      merchant.id,
      id,
      awb,
      pdf,
    ]);
    return { orderId, shipment: id };
  }
  await book(db, merchant, orderId);
  await label(db, merchant, orderId);
  await asActor(db, merchant, 'owner');
  const { id } = await shipmentOf(db, orderId);
  if (status !== 'labelled') await writeMove(db, orderId, { to: status, shipment: id });
  return { orderId, shipment: id };
}
