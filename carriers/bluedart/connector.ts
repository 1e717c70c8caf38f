import { z } from 'zod';
import type { Outcome } from '../../outbound/outcome.ts';
import { sendSignedIn } from '../calls.ts';
import { mapped, then } from '../connector.ts';
import type {
  Booked,
  BookedParcel,
  BookingAttempt,
  Carrier,
  Collection,
  Leftover,
  OpenAccount,
  Tools,
  Visit,
} from '../connector.ts';
import { objectionOf } from '../parcel.ts';
import type { Parcel } from '../parcel.ts';
import { knownPincode, offersAt } from '../served-place.ts';
import { scansOf } from '../tracking-scan.ts';
import { accountDefaults } from './account.ts';
import type { BlueDartAccount } from './account.ts';
import { bookOnce, liveWaybill } from './book-parcel.ts';
import { assertConsignee, bookingOf, pickupLocation } from './booking.ts';
import * as calls from './calls.ts';
import type { BlueDartSend } from './calls.ts';
import { labelOf } from './label.ts';
import { buildLogin, parseLogin } from './login.ts';
import { parseScanPush } from './parse-webhook.ts';
import { policies } from './policies.ts';
import { routingOf } from './serviceability.ts';
import { mostWaybillsAtOnce } from './track-shipments.ts';

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

export const bluedart: Carrier = {
  policies,
  mostTracked: mostWaybillsAtOnce,
  readPush: parseScanPush,
  objection: (consignee) => objectionOf(() => assertConsignee(consignee)),
  connect: (open: OpenAccount, tools: Tools) => {
    const account = accountOf(open);
    const send = blueDartSend(account, tools);
    return {
      check: () => mapped(send(calls.serviceability(knownPincode)), () => ({ balanceMinor: null })),
      offers: ({ toPincode }) =>
        mapped(send(calls.serviceability(toPincode)), (place) =>
          offersAt(place, account.product === 'A' ? 'air' : 'surface', place),
        ),
      book: (attempt) => book(send, attempt),
      abandon: (left) => abandon(send, left),
      label: (parcel, booked) => label(send, account, parcel, booked, tools.now()),
      collect: (visit) => collect(send, visit),
      track: (awbs) => mapped(send(calls.track(awbs)), scansOf),
      cancel: (awb) => send(calls.cancelShipment(awb)),
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
  return sendSignedIn(
    tools,
    () =>
      tools.call('login', policies.login, buildLogin(account), (answer) =>
        parseLogin(answer, tools.now()),
      ),
    ({ token }) => ({ ...account, jwt: token }),
  );
}

async function book(send: BlueDartSend, attempt: BookingAttempt): Promise<Outcome<Booked>> {
  return bookOnce(send, bookingOf(attempt.parcel), attempt);
}

/** What a lost answer may have made has to go, before somebody collects it. */
async function abandon(send: BlueDartSend, { reference, sent }: Leftover): Promise<Outcome<true>> {
  if (!sent) return { kind: 'done', value: true };
  const left = await liveWaybill(send, reference);
  if (left.kind === 'absent') return { kind: 'done', value: true };
  return left.kind === 'done' ? send(calls.cancelShipment(left.value)) : left;
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
  return then(send(calls.serviceability(consignee.pincode)), (place) => {
    const found = routingOf(place);
    if (found !== null) return { kind: 'done', value: [found.area, found.serviceCentre] };
    const message = 'Blue Dart has no routing codes for the PIN code';
    return { kind: 'refused', code: 'no-routing', message };
  });
}

function collect(send: BlueDartSend, visit: Visit): Promise<Outcome<Collection>> {
  const request = calls.requestPickup({
    location: pickupLocation(visit.from),
    sellerName: visit.sellerName,
    waybills: visit.parcels.map(({ awb }) => awb),
    date: visit.date,
    time: visit.time,
    closesAt: visit.closesAt,
    weightGrams: visit.parcels.reduce((sum, { weightGrams }) => sum + weightGrams, 0),
  });
  return mapped(send(request), ({ token }) => ({ pickupId: token }));
}
