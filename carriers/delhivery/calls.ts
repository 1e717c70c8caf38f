import { callsUnder } from '../calls.ts';
import type { Send, ServiceCall } from '../connector.ts';
import type { DelhiveryAccount } from './account.ts';
import type { Booking } from './booking.ts';
import { buildCancelShipment, parseCancelShipment } from './cancel-shipment.ts';
import { buildCreateShipment, parseCreateShipment } from './create-shipment.ts';
import type { Created } from './create-shipment.ts';
import { buildEditShipment, parseEditShipment } from './edit-shipment.ts';
import type { Correction } from './edit-shipment.ts';
import { buildNdrAction, buildNdrStatus, parseNdrAction, parseNdrStatus } from './ndr.ts';
import type { UploadState } from './ndr.ts';
import * as slip from './packing-slip.ts';
import { policies } from './policies.ts';
import { buildRequestPickup, parseRequestPickup } from './request-pickup.ts';
import type { PickupRequested, PickupWish } from './request-pickup.ts';
import { buildReserveWaybills, parseReserveWaybills } from './reserve-waybills.ts';
import { buildServiceability, parseServiceability } from './serviceability.ts';
import type { Serviceability } from './serviceability.ts';
import { buildTrackByReferences, buildTrackByWaybills, parseTracking } from './track-shipments.ts';
import type { Tracked } from './track-shipments.ts';

type Call<T> = ServiceCall<DelhiveryAccount, T>;
export type DelhiverySend = Send<DelhiveryAccount>;

const call = callsUnder<DelhiveryAccount, keyof typeof policies>(policies);

export const serviceability = (pincode: string): Call<Serviceability> =>
  call(
    'serviceability',
    (account) => buildServiceability(account, pincode),
    (_account, answer) => parseServiceability(pincode, answer),
  );

export const reserveWaybills = (count: number): Call<string[]> =>
  call(
    'reserve_waybills',
    (account) => buildReserveWaybills(account, count),
    (_account, answer) => parseReserveWaybills(answer),
  );

export const createShipment = (booking: Booking): Call<Created> =>
  call(
    'create_shipment',
    (account) => buildCreateShipment(account, booking),
    (_account, answer) => parseCreateShipment(booking, answer),
  );

const tracked: Call<Tracked>['parse'] = (_account, answer) => parseTracking(answer);

export const lookUpWaybill = (waybill: string): Call<Tracked> =>
  call('look_up', (account) => buildTrackByWaybills(account, [waybill]), tracked);

export const lookUpReference = (reference: string): Call<Tracked> =>
  call('look_up', (account) => buildTrackByReferences(account, [reference]), tracked);

export const track = (awbs: readonly string[]): Call<Tracked> =>
  call('track', (account) => buildTrackByWaybills(account, awbs), tracked);

export const packingSlip = (awb: string): Call<{ link: string }> =>
  call(
    'packing_slip',
    (account) => slip.buildPackingSlip(account, awb),
    (account, answer) => slip.parsePackingSlip(account, awb, answer),
  );

export const downloadLabel = (link: string): Call<{ pdf: Uint8Array }> =>
  call(
    'download_label',
    () => slip.buildLabelDownload(link),
    (_account, answer) => slip.parseLabelDownload(answer),
  );

export const requestPickup = (wish: PickupWish): Call<PickupRequested> =>
  call(
    'request_pickup',
    (account) => buildRequestPickup(account, wish),
    (_account, answer) => parseRequestPickup(answer),
  );

export const cancelShipment = (awb: string): Call<true> =>
  call(
    'cancel_shipment',
    (account) => buildCancelShipment(account, awb),
    (_account, answer) => parseCancelShipment(awb, answer),
  );

export const editShipment = (awb: string, correction: Correction): Call<true> =>
  call(
    'edit_shipment',
    (account) => buildEditShipment(account, awb, correction),
    (_account, answer) => parseEditShipment(awb, answer),
  );

export const reAttempt = (awb: string): Call<string> =>
  call(
    'ndr_action',
    (account) => buildNdrAction(account, awb),
    (_account, answer) => parseNdrAction(answer),
  );

export const ndrStatus = (awb: string, upload: string): Call<UploadState> =>
  call(
    'ndr_status',
    (account) => buildNdrStatus(account, upload),
    (_account, answer) => parseNdrStatus(awb, answer),
  );
