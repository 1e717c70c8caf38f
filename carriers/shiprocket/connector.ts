import { z } from 'zod';
import type { Outcome } from '../../outbound/outcome.ts';
import { then, unexpected } from '../connector.ts';
import type {
  BookedParcel,
  Booked,
  BookingAttempt,
  Carrier,
  Collection,
  Offer,
  OpenAccount,
  ParcelQuestion,
  Tools,
  Visit,
} from '../connector.ts';
import { objectionOf } from '../parcel.ts';
import type { Parcel } from '../parcel.ts';
import { withSession } from '../session.ts';
import type { Sessions } from '../session.ts';
import type { TrackingScan } from '../tracking-scan.ts';
import type { ShiprocketLogin } from './account.ts';
import { abandonOrder, bookParcel, firstMemory } from './book-parcel.ts';
import type { BookingMemory } from './book-parcel.ts';
import { assertConsignee, declaredMinor, isEmail, orderLines } from './booking.ts';
import type { Booking } from './booking.ts';
import * as calls from './calls.ts';
import type { ShiprocketSend } from './calls.ts';
import { buildLogin, parseLogin } from './login.ts';
import { parseScanPush } from './parse-webhook.ts';
import { policies } from './policies.ts';
import { mostAwbsAtOnce } from './track-shipments.ts';

const Credentials = z.object({ email: z.string(), password: z.string() });
const Settings = z.object({ contact_email: z.email() });

export const shiprocket: Carrier = {
  policies,
  mostTracked: mostAwbsAtOnce,
  readPush: parseScanPush,
  objection: (consignee) => objectionOf(() => assertConsignee(consignee)),
  connect: (account: OpenAccount, tools: Tools) => {
    const { email, password } = Credentials.parse(account.credentials);
    const contactEmail = Settings.parse(account.settings).contact_email;
    const send = shiprocketSend({ baseUrl: account.baseUrl, email, password }, tools);
    return {
      check: () => send(calls.walletBalance()),
      offers: (question) => offers(send, question),
      book: (attempt) => book(send, contactEmail, attempt),
      abandon: ({ memory }) => abandon(send, memory),
      label: (_parcel, booked) => label(send, booked),
      collect: (visit) => collect(send, visit),
      track: (awbs) => track(send, awbs),
      cancel: (awb) => send(calls.cancelAwb(awb)),
      actOnNdr: ({ awb, action }) => send(calls.actOnNdr(awb, action, '')),
    };
  },
};

/** Calls under the shared token of the account. */
export function shiprocketSend(login: ShiprocketLogin, tools: Tools): ShiprocketSend {
  const sessions: Sessions = {
    store: tools.tokens,
    now: tools.now,
    signIn: () =>
      tools.call('login', policies.login, buildLogin(login), (answer) =>
        parseLogin(answer, tools.now()),
      ),
  };
  return (call) =>
    withSession(sessions, (session) => {
      const account = { baseUrl: login.baseUrl, ...session };
      return tools.call(call.operation, call.policy, call.build(account), (answer) =>
        call.parse(account, answer),
      );
    });
}

function offers(send: ShiprocketSend, question: ParcelQuestion): Promise<Outcome<Offer[]>> {
  const { from, ...rest } = question;
  return then(send(calls.serviceability({ ...rest, fromPincode: from.pincode })), (rates) => ({
    kind: 'done',
    value: rates.map((rate) => ({
      service: rate.name,
      code: String(rate.courierId),
      priceMinor: rate.rateMinor,
      rtoMinor: rate.rtoMinor,
      days: rate.days,
      embargo: false,
      prepaid: true,
      cod: rate.cod,
      prepaidLimitMinor: null,
      codLimitMinor: null,
    })),
  }));
}

const Memory = z.object({
  round: z.number().int(),
  sent: z.boolean(),
  orderId: z.number().nullable(),
  shipmentId: z.number().nullable(),
  courierId: z.number().nullable(),
});

const memoryOf = (memory: unknown): BookingMemory =>
  memory === null ? firstMemory : Memory.parse(memory);

async function book(
  send: ShiprocketSend,
  contactEmail: string,
  { parcel, memory, remember }: BookingAttempt,
): Promise<Outcome<Booked>> {
  const couriers = await couriersFor(send, parcel);
  if (couriers.kind !== 'done') return couriers;
  const booked = await bookParcel(send, {
    booking: bookingOf(parcel, contactEmail),
    courierIds: couriers.value,
    memory: memoryOf(memory),
    remember,
  });
  if (booked.kind !== 'done') return booked;
  const { awb, reference, orderId, shipmentId, courierId, freightMinor, found } = booked.value;
  const ids = { order_id: orderId, shipment_id: shipmentId };
  return {
    kind: 'done',
    value: {
      awb,
      reference,
      ids: courierId === null ? ids : { ...ids, courier_id: courierId },
      courier: null,
      freightMinor,
      routing: [],
      found,
    },
  };
}

/** Those that were quoted; asked again when nobody did, because an order needs at least one. */
async function couriersFor(send: ShiprocketSend, parcel: Parcel): Promise<Outcome<number[]>> {
  if (parcel.serviceCodes.length > 0) {
    return { kind: 'done', value: parcel.serviceCodes.map(Number) };
  }
  const question = {
    fromPincode: parcel.from.pincode,
    toPincode: parcel.consignee.pincode,
    weightGrams: parcel.weightGrams,
    cod: parcel.payment.mode === 'cod',
    declaredMinor: parcel.totalMinor,
  };
  return then(send(calls.serviceability(question)), (rates) => ({
    kind: 'done',
    value: rates.map(({ courierId }) => courierId),
  }));
}

function bookingOf(parcel: Parcel, contactEmail: string): Booking {
  const { consignee, from, payment, totalMinor, lines } = parcel;
  const booking = { payment, totalMinor };
  const email = consignee.email ?? '';
  return {
    ...parcel,
    consignee: { ...consignee, email: isEmail(email) ? email : contactEmail },
    pickupLocation: from.registeredName,
    lines: orderLines(
      lines.map((line) => ({
        sku: line.sku,
        name: line.title,
        units: line.quantity,
        unitPriceMinor: line.unitPriceMinor,
        hsnCode: line.hsnCode,
      })),
      declaredMinor(booking),
    ),
  };
}

/** An order that ships after all is called off as a parcel. */
async function abandon(send: ShiprocketSend, memory: unknown): Promise<Outcome<true>> {
  const kept = memoryOf(memory);
  const left = await abandonOrder(send, kept);
  if (left.kind !== 'exists' || kept.orderId === null) return left;
  return then(send(calls.showOrder(kept.orderId)), ({ awb }) =>
    awb === null ? unexpected(left) : send(calls.cancelAwb(awb)),
  );
}

function label(send: ShiprocketSend, { ids }: BookedParcel): Promise<Outcome<Uint8Array>> {
  return then(send(calls.generateLabel(ids['shipment_id'] ?? 0)), ({ link }) =>
    then(send(calls.download(link)), ({ pdf }) => ({ kind: 'done', value: pdf })),
  );
}

/** Shiprocket collects parcels and not visits: one call each. */
async function collect(
  send: ShiprocketSend,
  { parcels, date }: Visit,
): Promise<Outcome<Collection>> {
  let pickupId: string | null = null;
  for (const { ids } of parcels) {
    const requested = await send(calls.requestPickup(ids['shipment_id'] ?? 0, date));
    if (requested.kind !== 'done') return requested;
    pickupId = requested.value.pickupId ?? pickupId;
  }
  return { kind: 'done', value: { pickupId } };
}

function track(send: ShiprocketSend, awbs: readonly string[]): Promise<Outcome<TrackingScan[]>> {
  return then(send(calls.trackShipments(awbs)), ({ shipments }) => ({
    kind: 'done',
    value: shipments.flatMap(({ scans }) => scans),
  }));
}
