import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sendRequest, TransportError } from '../../outbound/http.ts';
import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { startCalmSandbox } from '../../sandbox/test-client.ts';
import { memoryTokenStore, withSession } from '../session.ts';
import type { TokenStore } from '../session.ts';
import type { BlueDartAccount, BlueDartSession } from './account.ts';
import { buildCancelShipment, parseCancelShipment } from './cancel-shipment.ts';
import { buildCreateShipment, parseCreateShipment } from './create-shipment.ts';
import { buildLogin, parseLogin } from './login.ts';
import {
  buildCancelPickup,
  buildRequestPickup,
  parseCancelPickup,
  parseRequestPickup,
} from './request-pickup.ts';
import * as samples from './samples.ts';
import { buildServiceability, parseServiceability, routingOf } from './serviceability.ts';
import { buildTrackByReferences, buildTrackByWaybills, parseTracking } from './track-shipments.ts';

/** The client against the carrier that is as strict as the real one. */
let sandbox: Sandbox;
let account: BlueDartAccount;
let tokens: TokenStore;
beforeEach(async () => {
  sandbox = await startCalmSandbox();
  account = { ...samples.account, baseUrl: `${sandbox.url}/bluedart` };
  tokens = memoryTokenStore();
});
afterEach(() => sandbox.close());

const today = new Date(Date.now() + 19_800_000).toISOString().slice(0, 10);
const booking = { ...samples.booking, pickupOn: today };
const logins = () => sandbox.books.requests['bluedart.login'];

async function signIn() {
  return parseLogin(await sendRequest(buildLogin(account), 5000), new Date());
}

function ask<T>(
  build: (session: BlueDartSession) => HttpRequest,
  parse: (answer: HttpAnswer, session: BlueDartSession) => Outcome<T>,
): Promise<Outcome<T>> {
  const now = () => new Date();
  return withSession({ store: tokens, signIn, now }, async ({ token }) => {
    const session = { ...account, jwt: token };
    return parse(await sendRequest(build(session), 5000), session);
  });
}

const create = () =>
  ask(
    (session) => buildCreateShipment(session, booking),
    (answer) => parseCreateShipment(booking, answer),
  );

function valueOf<T>(outcome: Outcome<T>): T {
  if (outcome.kind !== 'done') throw new Error(`Not done: ${JSON.stringify(outcome)}`);
  return outcome.value;
}

test('a parcel is booked, collected, tracked and not cancelled any more', async () => {
  const place = valueOf(
    await ask(
      (session) => buildServiceability(session, booking.pickupLocation.pincode),
      (answer, session) => parseServiceability(session, booking.pickupLocation.pincode, answer),
    ),
  );
  expect(place).toMatchObject({ areaCode: booking.pickupLocation.areaCode, pickup: true });
  const { awb, routing } = valueOf(await create());
  expect(routing).toMatchObject({ area: 'COK', serviceCentre: 'C01' });
  const destination = valueOf(
    await ask(
      (session) => buildServiceability(session, booking.consignee.pincode),
      (answer, session) => parseServiceability(session, booking.consignee.pincode, answer),
    ),
  );
  expect(routingOf(destination)).toEqual({ ...routing, cluster: null });
  const wish = {
    location: booking.pickupLocation,
    sellerName: 'Shop',
    waybills: [awb],
    date: today,
    time: '16:00',
    closesAt: '18:00',
    weightGrams: booking.weightGrams,
  };
  const pickup = await ask(
    (session) => buildRequestPickup(session, wish),
    (answer) => parseRequestPickup(wish, answer),
  );
  expect(pickup).toMatchObject({ kind: 'done', value: { how: 'new', date: today } });
  const track = () => ask((session) => buildTrackByWaybills(session, [awb]), parseTracking);
  let scans = valueOf(await track()).shipments[0]?.scans ?? [];
  while (scans.at(-1)?.status !== 'delivered') {
    scans = valueOf(await track()).shipments[0]?.scans ?? [];
  }
  const statuses = scans.map(({ status }) => status).filter((status) => status !== null);
  expect(statuses).toEqual([
    'handed_over',
    'in_transit',
    'in_transit',
    'out_for_delivery',
    'delivered',
  ]);
  const cancelled = await ask(
    (session) => buildCancelShipment(session, awb),
    (answer) => parseCancelShipment(awb, answer),
  );
  expect(cancelled).toMatchObject({ kind: 'refused', code: 'already-collected' });
  expect(logins()).toEqual({ ok: 1 });
});

describe('after a lost answer', () => {
  test.each(['time_out_after', 'drop_after', 'server_error_after', 'malformed_after'] as const)(
    '%s: the reference finds the waybill, and a repeat names it',
    async (kind) => {
      sandbox.faults.add({ operation: 'bluedart.waybill', kind, count: 1, holdMs: 50 });
      const first = await create().catch((error: unknown) => {
        expect(error).toBeInstanceOf(TransportError);
        return { kind: 'unknown' };
      });
      expect(first.kind).toBe('unknown');
      const [parcel] = sandbox.books.bluedart.parcels.values();
      const found = await ask(
        (session) => buildTrackByReferences(session, [booking.reference]),
        parseTracking,
      );
      expect(valueOf(found).shipments).toMatchObject([{ awb: parcel?.awb }]);
      expect(valueOf(await create())).toMatchObject({
        awb: parcel?.awb,
        adopted: true,
        routing: { area: 'COK', serviceCentre: 'C01', cluster: null },
      });
      expect(sandbox.books.bluedart.parcels.size).toBe(1);
    },
  );

  test('a reference that nobody booked is absent', async () => {
    const found = await ask(
      (session) => buildTrackByReferences(session, ['W1-9-1']),
      parseTracking,
    );
    expect(found).toEqual({ kind: 'absent' });
  });
});

describe('tokens', () => {
  test('many calls at once log in once', async () => {
    const many = Array.from({ length: 20 }, () =>
      ask((session) => buildTrackByWaybills(session, ['1']), parseTracking),
    );
    await Promise.all(many);
    expect(logins()).toEqual({ ok: 1 });
  });

  test('a refused token is fetched anew, and the call made once more', async () => {
    await create();
    sandbox.faults.add({ operation: 'bluedart.cancel', kind: 'expired_token', count: 1 });
    const [parcel] = sandbox.books.bluedart.parcels.values();
    const awb = parcel?.awb ?? '';
    const outcome = await ask(
      (session) => buildCancelShipment(session, awb),
      (answer) => parseCancelShipment(awb, answer),
    );
    expect(outcome).toEqual({ kind: 'done', value: true });
    expect(logins()).toEqual({ ok: 2 });
  });

  test('a new token that is refused too stops the account', async () => {
    sandbox.faults.add({ operation: 'bluedart.waybill', kind: 'expired_token' });
    expect(await create()).toMatchObject({ kind: 'account', code: 'authentication' });
    expect(sandbox.books.bluedart.parcels.size).toBe(0);
  });

  test('wrong credentials of either layer are clear', async () => {
    account = { ...account, clientSecret: 'wrong' };
    expect(await create()).toMatchObject({ kind: 'account', code: 'authentication' });
    account = { ...account, clientSecret: samples.account.clientSecret, licenceKey: 'wrong' };
    expect(await create()).toMatchObject({ kind: 'account', code: 'authentication' });
  });
});

test('calling off works twice, for waybills and for pickups', async () => {
  const { awb } = valueOf(await create());
  const cancel = () =>
    ask(
      (session) => buildCancelShipment(session, awb),
      (answer) => parseCancelShipment(awb, answer),
    );
  expect(await cancel()).toEqual({ kind: 'done', value: true });
  expect(await cancel()).toEqual({ kind: 'done', value: true });
  const wish = {
    location: booking.pickupLocation,
    sellerName: 'Shop',
    waybills: [awb],
    date: today,
    time: '16:00',
    closesAt: '18:00',
    weightGrams: 500,
  };
  const register = () =>
    ask(
      (session) => buildRequestPickup(session, wish),
      (answer) => parseRequestPickup(wish, answer),
    );
  const { token } = valueOf(await register());
  expect(valueOf(await register()).how).toBe('existing');
  const callOff = () =>
    ask(
      (session) => buildCancelPickup(session, { token: token ?? '', date: today }),
      parseCancelPickup,
    );
  expect(await callOff()).toEqual({ kind: 'done', value: true });
  expect(await callOff()).toEqual({ kind: 'done', value: true });
});

test.each([
  ['too_many_requests', { kind: 'transient', code: 'rate-limited', retryAfterMs: 3000 }],
  ['low_balance', { kind: 'account', code: 'insufficient-balance' }],
  ['server_error', { kind: 'unknown', code: 'http-500' }],
] as const)('%s while booking', async (kind, expected) => {
  sandbox.faults.add({ operation: 'bluedart.waybill', kind, retryAfterSeconds: 3 });
  expect(await create()).toMatchObject(expected);
  expect(sandbox.books.bluedart.parcels.size).toBe(0);
});
