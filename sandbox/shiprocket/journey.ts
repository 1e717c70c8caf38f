import { journeyFor } from '../delhivery/journey.ts';
import type { World } from '../world.ts';
import type { SrOrder, SrScan } from './records.ts';

/** One scan to come. */
export interface Step extends Pick<SrScan, 'srStatus' | 'label' | 'status' | 'activity'> {
  where: 'origin' | 'destination';
}

function step(
  srStatus: string,
  label: string,
  status: string,
  where: Step['where'],
  activity: string,
): Step {
  return { srStatus, label, status, where, activity };
}

const beginning = [
  step('NA', 'NA', 'DRC', 'origin', 'Pending Manifest Data Received'),
  step('42', 'PICKED UP', 'PUD', 'origin', 'PickDone'),
  step('18', 'IN TRANSIT', 'IT', 'destination', 'InTransit Shipment added in Bag'),
];
const outForDelivery = step('17', 'OUT FOR DELIVERY', 'OFD', 'destination', 'Out for Delivery');
const delivered = step('7', 'DELIVERED', 'DLVD', 'destination', 'Delivered');
const attempted = (activity: string) => step('21', 'UNDELIVERED', 'UD', 'destination', activity);

const journeys: Readonly<Record<SrOrder['journey'], readonly Step[]>> = {
  delivered: [...beginning, outForDelivery, delivered],
  undelivered: [
    ...beginning,
    outForDelivery,
    attempted('Customer not available'),
    outForDelivery,
    delivered,
  ],
  rto: [
    ...beginning,
    outForDelivery,
    attempted('Customer refused to accept'),
    step('9', 'RTO INITIATED', 'RTO', 'destination', 'Return to origin initiated'),
    step('46', 'RTO IN TRANSIT', 'RTO-IT', 'origin', 'Return in transit'),
    step('10', 'RTO DELIVERED', 'RTD', 'origin', 'Returned to shipper'),
  ],
  lost: [...beginning, step('12', 'LOST', 'LT', 'destination', 'Shipment lost')],
};

/** What the sandbox has planned for the parcel, in order. */
export function stepsOf(order: SrOrder): readonly Step[] {
  return journeys[order.journey];
}

/** Where a journey turns back: a parcel called back on its way goes on from here. */
export const lastStepBeforeReturn = journeys.rto.findIndex(({ srStatus }) => srStatus === '9') - 1;

/** The same magic phones and the same luck as with Delhivery. */
export function journeyOf(world: World, phone: string, reference: string): SrOrder['journey'] {
  return journeyFor(world, phone, reference);
}
