import { z } from 'zod';
import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import { then } from '../connector.ts';
import type {
  Carrier,
  Collection,
  Offer,
  OpenAccount,
  ParcelQuestion,
  Send,
  ServiceCall,
  Tools,
  Visit,
} from '../connector.ts';
import { describeGoods, objectionOf } from '../parcel.ts';
import type { Parcel } from '../parcel.ts';
import type { TrackingScan } from '../tracking-scan.ts';
import type { DelhiveryAccount } from './account.ts';
import { actOnNdr } from './act-on-ndr.ts';
import { bookOnce } from './book-parcel.ts';
import { assertConsignee } from './booking.ts';
import type { Booking } from './booking.ts';
import { buildCancelShipment, parseCancelShipment } from './cancel-shipment.ts';
import {
  buildLabelDownload,
  buildPackingSlip,
  parseLabelDownload,
  parsePackingSlip,
} from './packing-slip.ts';
import { parseScanPush } from './parse-webhook.ts';
import { policies } from './policies.ts';
import { buildRequestPickup, parseRequestPickup } from './request-pickup.ts';
import { buildServiceability, parseServiceability } from './serviceability.ts';
import type { Serviceability } from './serviceability.ts';
import { buildTrackByWaybills, mostWaybillsAtOnce, parseTracking } from './track-shipments.ts';

const Credentials = z.object({ token: z.string() });
const Settings = z.object({ client_name: z.string() });

type DelhiverySend = Send<DelhiveryAccount>;

export const delhivery: Carrier = {
  policies,
  mostTracked: mostWaybillsAtOnce,
  readPush: parseScanPush,
  objection: (consignee) => objectionOf(() => assertConsignee(consignee)),
  connect: ({ baseUrl, credentials, settings }: OpenAccount, tools: Tools) => {
    const { token } = Credentials.parse(credentials);
    const account = { baseUrl, token, clientName: Settings.parse(settings).client_name };
    const send: DelhiverySend = (call) =>
      tools.call(call.operation, call.policy, call.build(account), (answer) =>
        call.parse(account, answer),
      );
    return {
      check: () => check(send),
      offers: (question) => offers(send, question),
      book: (attempt) =>
        bookOnce(send, (waybill) => bookingOf(attempt.parcel, waybill), {
          ...attempt,
          now: tools.now(),
        }),
      // Its number was reserved before: it is cancelled under that.
      abandon: async () => ({ kind: 'done', value: true }),
      label: (_parcel, { awb }) => label(send, awb),
      collect: (visit) => collect(send, visit),
      track: (awbs) => track(send, awbs),
      cancel: (awb) => send(cancelShipment(awb)),
      actOnNdr: (attempt) => actOnNdr(send, cancelShipment, attempt),
    };
  },
};

type Call<T> = ServiceCall<DelhiveryAccount, T>;

function call<T>(
  operation: keyof typeof policies,
  build: (account: DelhiveryAccount) => HttpRequest,
  parse: (account: DelhiveryAccount, answer: HttpAnswer) => Outcome<T>,
): Call<T> {
  return { operation, policy: policies[operation], build, parse };
}

const serviceability = (pincode: string): Call<Serviceability> =>
  call(
    'serviceability',
    (account) => buildServiceability(account, pincode),
    (_account, answer) => parseServiceability(pincode, answer),
  );

const cancelShipment = (awb: string): Call<true> =>
  call(
    'cancel_shipment',
    (account) => buildCancelShipment(account, awb),
    (_account, answer) => parseCancelShipment(awb, answer),
  );

/** A PIN code that is served since there are couriers. */
const knownPincode = '110001';

function check(send: DelhiverySend) {
  return then(send(serviceability(knownPincode)), () => ({
    kind: 'done' as const,
    value: { balanceMinor: null },
  }));
}

/** Its price API may take a minute and allows ten calls a minute: the merchant's rate card tells. */
function offers(send: DelhiverySend, { toPincode }: ParcelQuestion): Promise<Outcome<Offer[]>> {
  return then(send(serviceability(toPincode)), ({ embargo, prepaid, cod }) => {
    const offer = {
      service: 'surface',
      code: null,
      priceMinor: null,
      rtoMinor: null,
      days: null,
      embargo,
      prepaid,
      cod,
      prepaidLimitMinor: null,
      codLimitMinor: null,
    };
    return { kind: 'done', value: embargo || prepaid || cod ? [offer] : [] };
  });
}

/** Its own retryable step, because Delhivery may take a minute for it. */
function label(send: DelhiverySend, awb: string): Promise<Outcome<Uint8Array>> {
  const slip = call(
    'packing_slip',
    (account) => buildPackingSlip(account, awb),
    (account, answer) => parsePackingSlip(account, awb, answer),
  );
  const download = (link: string) =>
    call(
      'download_label',
      () => buildLabelDownload(link),
      (_account, answer) => parseLabelDownload(answer),
    );
  return then(send(slip), ({ link }) =>
    then(send(download(link)), ({ pdf }) => ({ kind: 'done', value: pdf })),
  );
}

function collect(send: DelhiverySend, visit: Visit): Promise<Outcome<Collection>> {
  const wish = {
    location: visit.from.registeredName,
    date: visit.date,
    time: `${visit.time}:00`,
    expectedPackages: Math.max(1, visit.parcels.length),
  };
  const request = call(
    'request_pickup',
    (account) => buildRequestPickup(account, wish),
    (_account, answer) => parseRequestPickup(answer),
  );
  return then(send(request), ({ pickupId }) => ({ kind: 'done', value: { pickupId } }));
}

function track(send: DelhiverySend, awbs: readonly string[]): Promise<Outcome<TrackingScan[]>> {
  const question = call(
    'track',
    (account) => buildTrackByWaybills(account, awbs),
    (_account, answer) => parseTracking(answer),
  );
  return then(send(question), ({ shipments }) => ({
    kind: 'done',
    value: shipments.flatMap(({ scans }) => scans),
  }));
}

function bookingOf(parcel: Parcel, waybill: string): Booking {
  const { from, lines } = parcel;
  return {
    ...parcel,
    waybill,
    pickupLocation: { ...from, name: from.registeredName },
    description: describeGoods(lines),
    quantity: lines.reduce((sum, { quantity }) => sum + quantity, 0),
    hsnCode: lines.find(({ hsnCode }) => hsnCode !== null)?.hsnCode ?? null,
  };
}
