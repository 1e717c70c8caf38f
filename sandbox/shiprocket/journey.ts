import { journeysOf } from '../journey.ts';
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

const attempted = (activity: string) => step('21', 'UNDELIVERED', 'UD', 'destination', activity);

const journeys = journeysOf({
  beginning: [
    step('NA', 'NA', 'DRC', 'origin', 'Pending Manifest Data Received'),
    step('42', 'PICKED UP', 'PUD', 'origin', 'PickDone'),
    step('18', 'IN TRANSIT', 'IT', 'destination', 'InTransit Shipment added in Bag'),
  ],
  outForDelivery: step('17', 'OUT FOR DELIVERY', 'OFD', 'destination', 'Out for Delivery'),
  delivered: step('7', 'DELIVERED', 'DLVD', 'destination', 'Delivered'),
  notAtHome: attempted('Customer not available'),
  refused: attempted('Customer refused to accept'),
  comesBack: [
    step('9', 'RTO INITIATED', 'RTO', 'destination', 'Return to origin initiated'),
    step('46', 'RTO IN TRANSIT', 'RTO-IT', 'origin', 'Return in transit'),
    step('10', 'RTO DELIVERED', 'RTD', 'origin', 'Returned to shipper'),
  ],
  lost: step('12', 'LOST', 'LT', 'destination', 'Shipment lost'),
});

/** What the sandbox has planned for the parcel, in order. */
export function stepsOf(order: SrOrder): readonly Step[] {
  return journeys[order.journey];
}

/** Where a journey turns back: a parcel called back on its way goes on from here. */
export const lastStepBeforeReturn = journeys.rto.findIndex(({ srStatus }) => srStatus === '9') - 1;
