import { journeysOf } from '../journey.ts';
import type { BlueDartParcel, BlueDartScan } from './records.ts';

/** One scan to come. Texts as seen in public; of the codes only `000` is documented. */
export interface Step extends Pick<BlueDartScan, 'text' | 'code' | 'type' | 'group'> {
  where: 'origin' | 'destination';
}

function step(group: string, type: string, code: string, where: Step['where'], text: string): Step {
  return { group, type, code, where, text };
}

const journeys = journeysOf({
  beginning: [
    step('S', 'UD', '092', 'origin', 'ONLINE SHIPMENT BOOKED'),
    step('S', 'UD', '015', 'origin', 'SHIPMENT PICKED UP'),
    step('S', 'UD', '003', 'origin', 'SHIPMENT FURTHER CONNECTED'),
    step('S', 'UD', '001', 'destination', 'SHIPMENT ARRIVED'),
  ],
  outForDelivery: step('S', 'UD', '002', 'destination', 'SHIPMENT OUT FOR DELIVERY'),
  delivered: step('T', 'DL', '000', 'destination', 'SHIPMENT DELIVERED'),
  notAtHome: step('T', 'UD', '011', 'destination', 'CONSIGNEE NOT AVAILABLE'),
  refused: step('T', 'UD', '007', 'destination', 'CONSIGNEE REFUSED TO ACCEPT'),
  comesBack: [
    step('RT', 'RT', '074', 'destination', 'UNDELIVERED RETURN/REDIRECT INITIATED'),
    step('RS', 'RT', '003', 'origin', 'RTO SHIPMENT FURTHER CONNECTED'),
    // At the shipper's door it is delivered again, under the same code.
    step('RT', 'RT', '000', 'origin', 'RTO SHIPMENT DELIVERED'),
  ],
  lost: step('T', 'UD', '198', 'destination', 'SHIPMENT LOST'),
});

export const isFailedAttempt = (step: Step | undefined): boolean =>
  step?.text === 'CONSIGNEE NOT AVAILABLE' || step?.text === 'CONSIGNEE REFUSED TO ACCEPT';

export function stepsOf(parcel: BlueDartParcel): readonly Step[] {
  return journeys[parcel.journey];
}
