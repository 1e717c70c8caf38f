import { share } from '../chance.ts';
import type { Parcel, Scan } from '../records.ts';
import type { World } from '../world.ts';

/** One scan to come. */
export interface Step extends Pick<Scan, 'status' | 'statusType' | 'code' | 'instructions'> {
  where: 'origin' | 'destination';
}

function step(
  statusType: string,
  status: string,
  code: string,
  where: Step['where'],
  instructions: string,
): Step {
  return { statusType, status, code, where, instructions };
}

const beginning = [
  step('UD', 'Manifested', 'X-UCI', 'origin', 'Manifest uploaded'),
  step('UD', 'In Transit', 'X-PPOM', 'origin', 'Shipment picked up'),
  step('UD', 'In Transit', 'X-DLL2F', 'destination', 'Bag received at facility'),
];
const outForDelivery = step('UD', 'Dispatched', 'X-DDD3FD', 'destination', 'Out for delivery');
const delivered = step('DL', 'Delivered', 'EOD-38', 'destination', 'Delivered to consignee');

const journeys: Readonly<Record<Parcel['journey'], readonly Step[]>> = {
  delivered: [...beginning, outForDelivery, delivered],
  undelivered: [
    ...beginning,
    outForDelivery,
    step('UD', 'Pending', 'EOD-11', 'destination', 'Consignee unavailable'),
    outForDelivery,
    delivered,
  ],
  rto: [
    ...beginning,
    outForDelivery,
    step('UD', 'Pending', 'EOD-6', 'destination', 'Consignee refused to accept/order cancelled'),
    step('RT', 'In Transit', 'DLYRTO-101', 'destination', 'Return to origin initiated'),
    step('RT', 'Dispatched', 'X-DDD3FD', 'origin', 'Out for delivery'),
    step('DL', 'RTO', 'RT-110', 'origin', 'Returned to seller'),
  ],
  lost: [...beginning, step('LT', 'Lost', 'LT-100', 'destination', 'Shipment lost')],
};

/** What the sandbox has planned for the parcel, in order. */
export function stepsOf(parcel: Parcel): readonly Step[] {
  return journeys[parcel.journey];
}

/** Where a journey turns back: a parcel cancelled on its way goes on from here. */
export const lastStepBeforeReturn =
  journeys.rto.findIndex(({ statusType }) => statusType === 'RT') - 1;

/** Endings of the consignee's phone that fix the journey. */
const magicPhones: readonly (readonly [string, Parcel['journey']])[] = [
  ['770001', 'undelivered'],
  ['770002', 'rto'],
  ['770003', 'lost'],
];

export function journeyFor(world: World, phone: string, reference: string): Parcel['journey'] {
  const magic = magicPhones.find(([ending]) => phone.endsWith(ending));
  if (magic !== undefined) return magic[1];
  const { seed, ndrRate, rtoRate } = world.settings;
  const luck = share(seed, 'journey', reference);
  if (luck < rtoRate) return 'rto';
  return luck < rtoRate + ndrRate ? 'undelivered' : 'delivered';
}
