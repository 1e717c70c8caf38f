import { callsUnder } from '../calls.ts';
import type { Send, ServiceCall } from '../connector.ts';
import type { BlueDartSession } from './account.ts';
import type { Booking } from './booking.ts';
import { buildCancelShipment, parseCancelShipment } from './cancel-shipment.ts';
import { buildCreateShipment, parseCreateShipment } from './create-shipment.ts';
import type { Created } from './create-shipment.ts';
import { policies } from './policies.ts';
import { buildRequestPickup, parseRequestPickup } from './request-pickup.ts';
import type { PickupRequested, PickupWish } from './request-pickup.ts';
import { buildServiceability, parseServiceability } from './serviceability.ts';
import type { Serviceability } from './serviceability.ts';
import { buildTrackByReferences, buildTrackByWaybills, parseTracking } from './track-shipments.ts';
import type { Tracked } from './track-shipments.ts';

type Call<T> = ServiceCall<BlueDartSession, T>;
export type BlueDartSend = Send<BlueDartSession>;

const call = callsUnder<BlueDartSession, keyof typeof policies>(policies);

export const serviceability = (pincode: string): Call<Serviceability> =>
  call(
    'serviceability',
    (session) => buildServiceability(session, pincode),
    (session, answer) => parseServiceability(session, pincode, answer),
  );

export const createShipment = (booking: Booking): Call<Created> =>
  call(
    'create_shipment',
    (session) => buildCreateShipment(session, booking),
    (_session, answer) => parseCreateShipment(booking, answer),
  );

const tracked: Call<Tracked>['parse'] = (_session, answer) => parseTracking(answer);

export const lookUpWaybill = (awb: string): Call<Tracked> =>
  call('look_up', (session) => buildTrackByWaybills(session, [awb]), tracked);

export const lookUpReference = (reference: string): Call<Tracked> =>
  call('look_up', (session) => buildTrackByReferences(session, [reference]), tracked);

export const track = (awbs: readonly string[]): Call<Tracked> =>
  call('track', (session) => buildTrackByWaybills(session, awbs), tracked);

export const requestPickup = (wish: PickupWish): Call<PickupRequested> =>
  call(
    'request_pickup',
    (session) => buildRequestPickup(session, wish),
    (_session, answer) => parseRequestPickup(wish, answer),
  );

export const cancelShipment = (awb: string): Call<true> =>
  call(
    'cancel_shipment',
    (session) => buildCancelShipment(session, awb),
    (_session, answer) => parseCancelShipment(awb, answer),
  );
