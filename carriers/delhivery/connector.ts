import { z } from 'zod';
import type { Outcome } from '../../outbound/outcome.ts';
import { sendAs } from '../calls.ts';
import { mapped, then } from '../connector.ts';
import type { Carrier, Collection, OpenAccount, Tools, Visit } from '../connector.ts';
import { describeGoods, objectionOf } from '../parcel.ts';
import type { Parcel } from '../parcel.ts';
import { knownPincode, offersAt } from '../served-place.ts';
import { scansOf } from '../tracking-scan.ts';
import { actOnNdr } from './act-on-ndr.ts';
import { bookOnce } from './book-parcel.ts';
import { assertConsignee } from './booking.ts';
import type { Booking } from './booking.ts';
import * as calls from './calls.ts';
import type { DelhiverySend } from './calls.ts';
import { parseScanPush } from './parse-webhook.ts';
import { policies } from './policies.ts';
import { mostWaybillsAtOnce } from './track-shipments.ts';

const Credentials = z.object({ token: z.string() });
const Settings = z.object({ client_name: z.string() });

export const delhivery: Carrier = {
  policies,
  mostTracked: mostWaybillsAtOnce,
  readPush: parseScanPush,
  objection: (consignee) => objectionOf(() => assertConsignee(consignee)),
  connect: ({ baseUrl, credentials, settings }: OpenAccount, tools: Tools) => {
    const { token } = Credentials.parse(credentials);
    const account = { baseUrl, token, clientName: Settings.parse(settings).client_name };
    const send: DelhiverySend = sendAs(account, tools);
    return {
      check: () => mapped(send(calls.serviceability(knownPincode)), () => ({ balanceMinor: null })),
      // Its price API may take a minute and allows ten calls a minute: the rate card tells.
      offers: ({ toPincode }) =>
        mapped(send(calls.serviceability(toPincode)), (place) => offersAt(place, 'surface')),
      book: (attempt) =>
        bookOnce(send, (waybill) => bookingOf(attempt.parcel, waybill), {
          ...attempt,
          now: tools.now(),
        }),
      // Its number was reserved before: it is cancelled under that.
      abandon: async () => ({ kind: 'done', value: true }),
      label: (_parcel, { awb }) => label(send, awb),
      collect: (visit) => collect(send, visit),
      track: (awbs) => mapped(send(calls.track(awbs)), scansOf),
      cancel: (awb) => send(calls.cancelShipment(awb)),
      actOnNdr: (attempt) => actOnNdr(send, calls.cancelShipment, attempt),
    };
  },
};

/** Its own retryable step, because Delhivery may take a minute for it. */
function label(send: DelhiverySend, awb: string): Promise<Outcome<Uint8Array>> {
  return then(send(calls.packingSlip(awb)), ({ link }) =>
    mapped(send(calls.downloadLabel(link)), ({ pdf }) => pdf),
  );
}

function collect(send: DelhiverySend, visit: Visit): Promise<Outcome<Collection>> {
  const request = calls.requestPickup({
    location: visit.from.registeredName,
    date: visit.date,
    time: `${visit.time}:00`,
    expectedPackages: Math.max(1, visit.parcels.length),
  });
  return mapped(send(request), ({ pickupId }) => ({ pickupId }));
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
