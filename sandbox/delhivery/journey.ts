import { journeysOf } from '../journey.ts';
import type { Parcel, Scan } from '../records.ts';

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

const journeys = journeysOf({
  beginning: [
    step('UD', 'Manifested', 'X-UCI', 'origin', 'Manifest uploaded'),
    step('UD', 'In Transit', 'X-PPOM', 'origin', 'Shipment picked up'),
    step('UD', 'In Transit', 'X-DLL2F', 'destination', 'Bag received at facility'),
  ],
  outForDelivery: step('UD', 'Dispatched', 'X-DDD3FD', 'destination', 'Out for delivery'),
  delivered: step('DL', 'Delivered', 'EOD-38', 'destination', 'Delivered to consignee'),
  notAtHome: step('UD', 'Pending', 'EOD-11', 'destination', 'Consignee unavailable'),
  refused: step(
    'UD',
    'Pending',
    'EOD-6',
    'destination',
    'Consignee refused to accept/order cancelled',
  ),
  comesBack: [
    step('RT', 'In Transit', 'DLYRTO-101', 'destination', 'Return to origin initiated'),
    step('RT', 'Dispatched', 'X-DDD3FD', 'origin', 'Out for delivery'),
    step('DL', 'RTO', 'RT-110', 'origin', 'Returned to seller'),
  ],
  lost: step('LT', 'Lost', 'LT-100', 'destination', 'Shipment lost'),
});

/** What the sandbox has planned for the parcel, in order. */
export function stepsOf(parcel: Parcel): readonly Step[] {
  return journeys[parcel.journey];
}

/** Where a journey turns back: a parcel cancelled on its way goes on from here. */
export const lastStepBeforeReturn =
  journeys.rto.findIndex(({ statusType }) => statusType === 'RT') - 1;
