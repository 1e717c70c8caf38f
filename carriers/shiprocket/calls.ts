import { callsUnder } from '../calls.ts';
import type { Send, ServiceCall } from '../connector.ts';
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
import { buildRequestPickup, parseRequestPickup } from './request-pickup.ts';
import type { PickupRequested } from './request-pickup.ts';
import { buildServiceability, parseServiceability } from './serviceability.ts';
import type { CourierRate, ParcelQuestion } from './serviceability.ts';
import { buildTrackShipments, parseTracking } from './track-shipments.ts';
import type { Tracked } from './track-shipments.ts';
import { buildWalletBalance, parseWalletBalance } from './wallet.ts';

/** A call to Shiprocket, and who makes it: it brings the token, the log and the circuit. */
type Call<T> = ServiceCall<ShiprocketAccount, T>;
export type ShiprocketSend = Send<ShiprocketAccount>;

const call = callsUnder<ShiprocketAccount, keyof typeof policies>(policies);

export const serviceability = (question: ParcelQuestion): Call<CourierRate[]> =>
  call(
    'serviceability',
    (account) => buildServiceability(account, question),
    (account, answer) => parseServiceability(account, question, answer),
  );

export const createOrder = (booking: Booking, round: number): Call<OpenedOrder> =>
  call(
    'create_order',
    (account) => buildCreateOrder(account, booking, round),
    (account, answer) => parseCreateOrder(account, booking, answer),
  );

export const findOrder = (reference: string): Call<FoundOrder> =>
  call(
    'find_order',
    (account) => buildFindOrder(account, reference),
    (account, answer) => parseFindOrder(account, reference, answer),
  );

export const showOrder = (orderId: number): Call<FoundOrder> =>
  call(
    'show_order',
    (account) => buildShowOrder(account, orderId),
    (account, answer) => parseShowOrder(account, orderId, answer),
  );

export const assignAwb = (shipmentId: number, courierId: number): Call<AssignedAwb> =>
  call(
    'assign_awb',
    (account) => buildAssignAwb(account, shipmentId, courierId),
    (account, answer) => parseAssignAwb(account, shipmentId, answer),
  );

export const requestPickup = (shipmentId: number, date: string): Call<PickupRequested> =>
  call(
    'request_pickup',
    (account) => buildRequestPickup(account, shipmentId, date),
    parseRequestPickup,
  );

export const generateLabel = (shipmentId: number): Call<Link> =>
  call(
    'generate_label',
    (account) => documents.buildGenerateLabel(account, shipmentId),
    documents.parseGenerateLabel,
  );

export const generateManifest = (shipmentIds: readonly number[]): Call<Link> =>
  call(
    'generate_manifest',
    (account) => documents.buildGenerateManifest(account, shipmentIds),
    documents.parseGenerateManifest,
  );

export const printManifest = (orderIds: readonly number[]): Call<Link> =>
  call(
    'print_manifest',
    (account) => documents.buildPrintManifest(account, orderIds),
    documents.parsePrintManifest,
  );

/** Without the token: the link is its own permission. */
export const download = (link: string): Call<{ pdf: Uint8Array }> =>
  call(
    'download',
    () => documents.buildDownload(link),
    (_account, answer) => documents.parseDownload(answer),
  );

export const trackShipments = (awbs: readonly string[]): Call<Tracked> =>
  call(
    'track_shipments',
    (account) => buildTrackShipments(account, awbs),
    (account, answer) => parseTracking(account, awbs, answer),
  );

export const cancelOrder = (orderId: number): Call<true> =>
  call('cancel_order', (account) => buildCancelOrder(account, orderId), parseCancel);

export const cancelAwb = (awb: string): Call<true> =>
  call('cancel_awb', (account) => buildCancelAwb(account, awb), parseCancel);

export const listNdr = (page: number): Call<{ attempts: FailedAttempt[]; pages: number }> =>
  call('list_ndr', (account) => buildListNdr(account, page), parseListNdr);

export const actOnNdr = (awb: string, action: NdrAction, comment: string): Call<true> =>
  call('ndr_action', (account) => buildNdrAction(account, awb, action, comment), parseNdrAction);

export const walletBalance = (): Call<{ balanceMinor: number }> =>
  call('wallet_balance', buildWalletBalance, parseWalletBalance);
