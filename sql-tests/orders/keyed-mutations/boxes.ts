import { drive, scan } from '../../support/drive.ts';
import { placeOrder } from '../../support/orders.ts';
import { shipmentOf } from '../../support/pipeline.ts';
import { count, value } from '../../support/query.ts';
import { changeLast, newAccount } from './mutation.ts';
import type { Mutation, World } from './mutation.ts';

/** One box that waits for a carrier account of its own. */
async function labelledBox(world: World): Promise<{ account: number; shipment: string }> {
  const { db, merchant } = world;
  const account = await newAccount(world);
  const order = await placeOrder(db, merchant, 'automated');
  await drive(db, { ...merchant, carrierAccount: account }, order, 'labelled');
  return { account, shipment: (await shipmentOf(db, order)).id };
}

/** A case that waits for a decision. */
async function failedDelivery({ db, merchant }: World): Promise<string> {
  const order = await placeOrder(db, merchant, 'automated');
  await drive(db, merchant, order, 'dispatched');
  await scan('undelivered', '2026-11-23T10:00:00+05:30')(db, merchant, order);
  return value<string>(db, 'select id as value from app_public.ndr_cases where order_id = $1', [
    order,
  ]);
}

/** What is done to boxes, and about them. */
export const boxMutations: Readonly<Record<string, Mutation>> = {
  make_manifest: {
    sql: 'app_public.make_manifest($1, $2, $3)',
    prepare: async (world) => [(await labelledBox(world)).account, world.merchant.location],
    another: (_values, { merchant }) => [merchant.carrierAccount, merchant.location],
    happened: async ([account], { db }) =>
      count(db, 'app_public.manifests where carrier_account_id = $1', [account]),
  },
  take_off_manifest: {
    sql: 'app_public.take_off_manifest($1, $2, $3)',
    prepare: async (world) => {
      const { account, shipment } = await labelledBox(world);
      const make = 'select app_public.make_manifest($1, $2)';
      await world.db.query(make, [account, world.merchant.location]);
      return [shipment, 'The van was full'];
    },
    another: changeLast('Another reason'),
    happened: async ([shipment], { db }) =>
      count(
        db,
        `app_public.order_events where shipment_id = $1 and type = 'shipment_taken_off_manifest'`,
        [shipment],
      ),
    needsMerchant: true,
  },
  act_on_ndr: {
    sql: 'app_public.act_on_ndr($1, $2, null, null, null, $3, $4)',
    prepare: async (world) => [await failedDelivery(world), 'by_hand', 'The courier was called'],
    another: changeLast('Another note'),
    happened: async ([ndrCase], { db }) =>
      count(
        db,
        `app_public.order_events e join app_public.ndr_cases c on c.order_id = e.order_id
         where c.id = $1 and e.type = 'ndr_action_chosen'`,
        [ndrCase],
      ),
  },
  rebook_shipment: {
    sql: 'app_public.rebook_shipment($1, $2, null, $3)',
    prepare: async (world) => [(await labelledBox(world)).shipment, 'The carrier does not come'],
    another: changeLast('Another reason'),
    happened: async ([shipment], { db }) =>
      count(db, `app_public.order_events where shipment_id = $1 and type = 'rebooking_requested'`, [
        shipment,
      ]),
  },
};
