import { json, textOf } from '../exchange.ts';
import type { Answer, Call } from '../exchange.ts';
import type { World } from '../world.ts';
import { refusalAnswer, refuse } from './answers.ts';
import { openEnvelope, refuseToken } from './auth.ts';
import { hasLeft } from './motion.ts';

/** `POST /waybill/v1/CancelWaybill`: only before the parcel was scanned in. */
export function cancelWaybill(world: World, call: Call): Answer {
  const operation = 'CancelWaybill';
  const unauthorised = refuseToken(world, call);
  if (unauthorised !== null) return unauthorised;
  const opened = openEnvelope(world, call, 'upper');
  if ('way' in opened) return refusalAnswer(operation, opened);
  const awb = textOf(opened.request, 'AWBNo');
  const parcel = world.books.bluedart.parcels.get(awb);
  if (parcel === undefined || parcel.account !== opened.account.loginId) {
    return refusalAnswer(operation, refuse('InvalidWaybill', 'Invalid Waybill Number', 'result'));
  }
  if (parcel.cancelledAt !== null) {
    const again = refuse('WaybillAlreadyCancelled', 'Waybill is already cancelled', 'result');
    return refusalAnswer(operation, again);
  }
  if (hasLeft(parcel)) {
    const late = refuse('CancelFailure', 'Waybill is already in-scanned, cannot cancel', 'result');
    return refusalAnswer(operation, late);
  }
  parcel.cancelledAt = world.now();
  world.books.changed();
  const status = { StatusCode: 'CancelSuccess', StatusInformation: 'Waybill cancelled' };
  return json({ CancelWaybillResult: { AWBNo: awb, IsError: false, Status: [status] } });
}
