import { z } from 'zod';
import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import { then } from '../connector.ts';
import type {
  Booked,
  BookedParcel,
  BookingAttempt,
  Carrier,
  Collection,
  Leftover,
  Offer,
  OpenAccount,
  ParcelQuestion,
  Send,
  ServiceCall,
  Tools,
  Visit,
} from '../connector.ts';
import { objectionOf } from '../parcel.ts';
import type { Parcel } from '../parcel.ts';
import { withSession } from '../session.ts';
import type { Sessions } from '../session.ts';
import type { TrackingScan } from '../tracking-scan.ts';
import { accountDefaults } from './account.ts';
import type { BlueDartAccount, BlueDartSession } from './account.ts';
import { bookOnce, liveWaybill } from './book-parcel.ts';
import { assertConsignee, bookingOf, pickupLocation } from './booking.ts';
import { buildCancelShipment, parseCancelShipment } from './cancel-shipment.ts';
import { labelOf } from './label.ts';
import { buildLogin, parseLogin } from './login.ts';
import { parseScanPush } from './parse-webhook.ts';
import { policies } from './policies.ts';
import { buildRequestPickup, parseRequestPickup } from './request-pickup.ts';
import { buildServiceability, parseServiceability, routingOf } from './serviceability.ts';
import type { Serviceability } from './serviceability.ts';
import { buildTrackByWaybills, mostWaybillsAtOnce, parseTracking } from './track-shipments.ts';

const Credentials = z.object({
  clientId: z.string(),
  clientSecret: z.string(),
  loginId: z.string(),
  licenceKey: z.string(),
});

const Settings = z.object({
  customer_code: z.string(),
  product: z.enum(['A', 'E']).default(accountDefaults.product),
  pickup_sub_products: z.array(z.string()).default([...accountDefaults.pickupSubProducts]),
  pickup_envelope: z.enum(['lower', 'upper']).default(accountDefaults.pickupEnvelope),
  tracking_version: z.string().nullable().default(accountDefaults.trackingVersion),
});

export type BlueDartSend = Send<BlueDartSession>;

export const bluedart: Carrier = {
  policies,
  mostTracked: mostWaybillsAtOnce,
  readPush: parseScanPush,
  objection: (consignee) => objectionOf(() => assertConsignee(consignee)),
  connect: (open: OpenAccount, tools: Tools) => {
    const account = accountOf(open);
    const send = blueDartSend(account, tools);
    return {
      check: () => check(send),
      offers: (question) => offers(send, account, question),
      book: (attempt) => book(send, attempt),
      abandon: (left) => abandon(send, left),
      label: (parcel, booked) => label(send, account, parcel, booked, tools.now()),
      collect: (visit) => collect(send, visit),
      track: (awbs) => track(send, awbs),
      cancel: (awb) => send(cancelShipment(awb)),
      actOnNdr: null,
    };
  },
};

function accountOf({ baseUrl, credentials, settings }: OpenAccount): BlueDartAccount {
  const given = Settings.parse(settings);
  return {
    baseUrl,
    ...Credentials.parse(credentials),
    customerCode: given.customer_code,
    product: given.product,
    pickupSubProducts: given.pickup_sub_products,
    pickupEnvelope: given.pickup_envelope,
    trackingVersion: given.tracking_version,
  };
}

/** Calls under the shared token of the account. */
export function blueDartSend(account: BlueDartAccount, tools: Tools): BlueDartSend {
  const sessions: Sessions = {
    store: tools.tokens,
    now: tools.now,
    signIn: () =>
      tools.call('login', policies.login, buildLogin(account), (answer) =>
        parseLogin(answer, tools.now()),
      ),
  };
  return (call) =>
    withSession(sessions, ({ token }) => {
      const session = { ...account, jwt: token };
      return tools.call(call.operation, call.policy, call.build(session), (answer) =>
        call.parse(session, answer),
      );
    });
}

type Call<T> = ServiceCall<BlueDartSession, T>;

function call<T>(
  operation: keyof typeof policies,
  build: (session: BlueDartSession) => HttpRequest,
  parse: (session: BlueDartSession, answer: HttpAnswer) => Outcome<T>,
): Call<T> {
  return { operation, policy: policies[operation], build, parse };
}

const serviceability = (pincode: string): Call<Serviceability> =>
  call(
    'serviceability',
    (session) => buildServiceability(session, pincode),
    (session, answer) => parseServiceability(session, pincode, answer),
  );

const cancelShipment = (awb: string): Call<true> =>
  call(
    'cancel_shipment',
    (session) => buildCancelShipment(session, awb),
    (_session, answer) => parseCancelShipment(awb, answer),
  );

/** A PIN code that is served since there are couriers. */
const knownPincode = '110001';

function check(send: BlueDartSend) {
  return then(send(serviceability(knownPincode)), () => ({
    kind: 'done' as const,
    value: { balanceMinor: null },
  }));
}

function offers(
  send: BlueDartSend,
  account: BlueDartAccount,
  { toPincode }: ParcelQuestion,
): Promise<Outcome<Offer[]>> {
  return then(send(serviceability(toPincode)), (place) => {
    const { embargo, prepaid, cod, prepaidLimitMinor, codLimitMinor } = place;
    const offer = {
      service: account.product === 'A' ? 'air' : 'surface',
      code: null,
      priceMinor: null,
      rtoMinor: null,
      days: null,
      embargo,
      prepaid,
      cod,
      prepaidLimitMinor,
      codLimitMinor,
    };
    return { kind: 'done', value: embargo || prepaid || cod ? [offer] : [] };
  });
}

async function book(send: BlueDartSend, attempt: BookingAttempt): Promise<Outcome<Booked>> {
  return bookOnce(send, bookingOf(attempt.parcel), attempt);
}

/** What a lost answer may have made has to go, before somebody collects it. */
async function abandon(send: BlueDartSend, { reference, sent }: Leftover): Promise<Outcome<true>> {
  if (!sent) return { kind: 'done', value: true };
  const left = await liveWaybill(send, reference);
  if (left.kind === 'absent') return { kind: 'done', value: true };
  return left.kind === 'done' ? send(cancelShipment(left.value)) : left;
}

/** Made here: Blue Dart's own label comes once, and not at all when a booking is repeated. */
async function label(
  send: BlueDartSend,
  account: BlueDartAccount,
  parcel: Parcel,
  { awb, routing }: BookedParcel,
  madeAt: Date,
): Promise<Outcome<Uint8Array>> {
  const codes = await routingCodes(send, parcel, routing);
  if (codes.kind !== 'done') return codes;
  const [area = '', serviceCentre = ''] = codes.value;
  const { box, boxes } = parcel;
  const data = labelOf(
    account,
    bookingOf(parcel),
    { awb, routing: { area, serviceCentre, cluster: null } },
    { box, boxes, madeAt },
  );
  // Fonts and bar codes take memory that only this carrier's labels need.
  const { labelPdf } = await import('../documents/label-pdf.ts');
  try {
    return { kind: 'done', value: await labelPdf(data) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { kind: 'refused', code: 'label-impossible', message: error.message };
  }
}

/** A waybill that was found by its reference comes without routing codes; its PIN code has them. */
async function routingCodes(
  send: BlueDartSend,
  { consignee }: Parcel,
  routing: readonly string[],
): Promise<Outcome<readonly string[]>> {
  if (routing.length >= 2) return { kind: 'done', value: routing };
  return then(send(serviceability(consignee.pincode)), (place) => {
    const found = routingOf(place);
    if (found !== null) return { kind: 'done', value: [found.area, found.serviceCentre] };
    const message = 'Blue Dart has no routing codes for the PIN code';
    return { kind: 'refused', code: 'no-routing', message };
  });
}

function collect(send: BlueDartSend, visit: Visit): Promise<Outcome<Collection>> {
  const wish = {
    location: pickupLocation(visit.from),
    sellerName: visit.sellerName,
    waybills: visit.parcels.map(({ awb }) => awb),
    date: visit.date,
    time: visit.time,
    closesAt: visit.closesAt,
    weightGrams: visit.parcels.reduce((sum, { weightGrams }) => sum + weightGrams, 0),
  };
  const request = call(
    'request_pickup',
    (session) => buildRequestPickup(session, wish),
    (_session, answer) => parseRequestPickup(wish, answer),
  );
  return then(send(request), ({ token }) => ({ kind: 'done', value: { pickupId: token } }));
}

function track(send: BlueDartSend, awbs: readonly string[]): Promise<Outcome<TrackingScan[]>> {
  const question = call(
    'track',
    (session) => buildTrackByWaybills(session, awbs),
    (_session, answer) => parseTracking(answer),
  );
  return then(send(question), ({ shipments }) => ({
    kind: 'done',
    value: shipments.flatMap(({ scans }) => scans),
  }));
}
