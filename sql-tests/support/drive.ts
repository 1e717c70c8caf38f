import type { Merchant } from './merchants.ts';
import {
  fail,
  mustClaim,
  newAwb,
  recordAssignment,
  recordBooking,
  recordLabel,
  recordScans,
  recordValidation,
  shipmentOf,
} from './pipeline.ts';
import type { Db } from './query.ts';

type Step = (db: Db, merchant: Merchant, orderId: string) => Promise<void>;

async function validate(db: Db, merchant: Merchant, orderId: string): Promise<void> {
  const { effect } = await mustClaim(db, merchant, orderId, 'validate_order');
  await recordValidation(db, merchant, orderId, effect.epoch);
}

async function assign(db: Db, merchant: Merchant, orderId: string): Promise<void> {
  const { effect } = await mustClaim(db, merchant, orderId, 'assign_order');
  await recordAssignment(db, merchant, orderId, effect.epoch);
}

/** The box has its AWB; its label is still to be fetched. */
export async function book(db: Db, merchant: Merchant, orderId: string): Promise<void> {
  const { id } = await shipmentOf(db, orderId);
  // Of many that find the pool empty one fetches for all and the others wait: here each brings a number.
  await db.query('insert into app_private.awb_pool values ($1, $2, $3)', [
    merchant.id,
    merchant.carrierAccount,
    newAwb(),
  ]);
  const { effect } = await mustClaim(db, merchant, id, 'book_shipment');
  // A carrier that reserves none gives the number with its answer.
  await recordBooking(db, merchant, id, effect.epoch, effect.reserved_number ?? newAwb());
}

export async function label(db: Db, merchant: Merchant, orderId: string): Promise<void> {
  const { id } = await shipmentOf(db, orderId);
  const { effect } = await mustClaim(db, merchant, id, 'fetch_label');
  await recordLabel(db, merchant, id, effect.epoch);
}

/** The box has its AWB, and its label will not come. */
export async function giveLabelUp(db: Db, merchant: Merchant, orderId: string): Promise<void> {
  const { id } = await shipmentOf(db, orderId);
  const { effect } = await mustClaim(db, merchant, id, 'fetch_label');
  await fail(db, effect, { outcome: 'refused', code: 'label-impossible' });
}

export function scan(status: string, occurredAt: string): Step {
  return async (db, merchant, orderId) => {
    const { awb } = await shipmentOf(db, orderId);
    await recordScans(db, merchant, [{ awb: awb ?? '', status, occurredAt }]);
  };
}

const path: [status: string, ...steps: Step[]][] = [
  ['received'],
  ['validated', validate],
  ['assigned', assign],
  ['labelled', book, label],
  ['dispatched', scan('in_transit', '2026-11-22T10:00:00+05:30')],
  ['delivered', scan('delivered', '2026-11-24T10:00:00+05:30')],
];

/** Takes an automated order along its path as the workers do, from one status to a later one. */
export async function drive(
  db: Db,
  merchant: Merchant,
  orderId: string,
  to: string,
  from = 'received',
): Promise<void> {
  const first = path.findIndex(([status]) => status === from);
  const last = path.findIndex(([status]) => status === to);
  if (first < 0 || last < 0) throw new Error(`There is no way from ${from} to ${to}`);
  for (const [, ...steps] of path.slice(first + 1, last + 1)) {
    for (const step of steps) await step(db, merchant, orderId);
  }
}
