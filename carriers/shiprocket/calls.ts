import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import type { ShiprocketAccount } from './account.ts';
import { buildAssignAwb, parseAssignAwb } from './assign-awb.ts';
import type { AssignedAwb } from './assign-awb.ts';
import type { Booking } from './booking.ts';
import { buildCancelAwb, buildCancelOrder, parseCancel } from './cancel-order.ts';
import { buildCreateOrder, parseCreateOrder } from './create-order.ts';
import type { OpenedOrder } from './create-order.ts';
import * as documents from './documents.ts';
import type { Link } from './documents.ts';
import { buildFindOrder, buildShowOrder, parseFindOrder, parseShowOrder } from './find-order.ts';
import type { FoundOrder } from './find-order.ts';
import { buildListNdr, buildNdrAction, parseListNdr, parseNdrAction } from './ndr.ts';
import type { FailedAttempt, NdrAction } from './ndr.ts';
import { policies } from './policies.ts';
import type { Operation, Policy } from './policies.ts';
import { buildRequestPickup, parseRequestPickup } from './request-pickup.ts';
import type { PickupRequested } from './request-pickup.ts';
import { buildServiceability, parseServiceability } from './serviceability.ts';
import type { CourierRate, ParcelQuestion } from './serviceability.ts';
import { buildTrackShipments, parseTracking } from './track-shipments.ts';
import type { Tracked } from './track-shipments.ts';
import { buildWalletBalance, parseWalletBalance } from './wallet.ts';

/** One call: how to ask, how to read the answer, and the policy that it is made under. */
export interface ServiceCall<T> extends Policy {
  operation: Operation;
  build: (account: ShiprocketAccount) => HttpRequest;
  parse: (account: ShiprocketAccount, answer: HttpAnswer) => Outcome<T>;
}

/** Whoever makes the calls: it brings the token, the log and the circuit. */
export type Send = <T>(call: ServiceCall<T>) => Promise<Outcome<T>>;

function call<T>(
  operation: Operation,
  build: ServiceCall<T>['build'],
  parse: ServiceCall<T>['parse'],
): ServiceCall<T> {
  return { operation, ...policies[operation], build, parse };
}

export const serviceability = (question: ParcelQuestion): ServiceCall<CourierRate[]> =>
  call(
    'serviceability',
    (account) => buildServiceability(account, question),
    (account, answer) => parseServiceability(account, question, answer),
  );

export const createOrder = (booking: Booking, round: number): ServiceCall<OpenedOrder> =>
  call(
    'create_order',
    (account) => buildCreateOrder(account, booking, round),
    (account, answer) => parseCreateOrder(account, booking, answer),
  );

export const findOrder = (reference: string): ServiceCall<FoundOrder> =>
  call(
    'find_order',
    (account) => buildFindOrder(account, reference),
    (account, answer) => parseFindOrder(account, reference, answer),
  );

export const showOrder = (orderId: number): ServiceCall<FoundOrder> =>
  call(
    'show_order',
    (account) => buildShowOrder(account, orderId),
    (account, answer) => parseShowOrder(account, orderId, answer),
  );

export const assignAwb = (shipmentId: number, courierId: number): ServiceCall<AssignedAwb> =>
  call(
    'assign_awb',
    (account) => buildAssignAwb(account, shipmentId, courierId),
    (account, answer) => parseAssignAwb(account, shipmentId, answer),
  );

export const requestPickup = (shipmentId: number, date: string): ServiceCall<PickupRequested> =>
  call(
    'request_pickup',
    (account) => buildRequestPickup(account, shipmentId, date),
    parseRequestPickup,
  );

export const generateLabel = (shipmentId: number): ServiceCall<Link> =>
  call(
    'generate_label',
    (account) => documents.buildGenerateLabel(account, shipmentId),
    documents.parseGenerateLabel,
  );

export const generateManifest = (shipmentIds: readonly number[]): ServiceCall<Link> =>
  call(
    'generate_manifest',
    (account) => documents.buildGenerateManifest(account, shipmentIds),
    documents.parseGenerateManifest,
  );

export const printManifest = (orderIds: readonly number[]): ServiceCall<Link> =>
  call(
    'print_manifest',
    (account) => documents.buildPrintManifest(account, orderIds),
    documents.parsePrintManifest,
  );

/** Without the token: the link is its own permission. */
export const download = (link: string): ServiceCall<{ pdf: Uint8Array }> =>
  call(
    'download',
    () => documents.buildDownload(link),
    (_account, answer) => documents.parseDownload(answer),
  );

export const trackShipments = (awbs: readonly string[]): ServiceCall<Tracked> =>
  call(
    'track_shipments',
    (account) => buildTrackShipments(account, awbs),
    (account, answer) => parseTracking(account, awbs, answer),
  );

export const cancelOrder = (orderId: number): ServiceCall<true> =>
  call('cancel_order', (account) => buildCancelOrder(account, orderId), parseCancel);

export const cancelAwb = (awb: string): ServiceCall<true> =>
  call('cancel_awb', (account) => buildCancelAwb(account, awb), parseCancel);

export const listNdr = (page: number): ServiceCall<{ attempts: FailedAttempt[]; pages: number }> =>
  call('list_ndr', (account) => buildListNdr(account, page), parseListNdr);

export const actOnNdr = (awb: string, action: NdrAction, comment: string): ServiceCall<true> =>
  call('ndr_action', (account) => buildNdrAction(account, awb, action, comment), parseNdrAction);

export const walletBalance = (): ServiceCall<{ balanceMinor: number }> =>
  call('wallet_balance', buildWalletBalance, parseWalletBalance);
