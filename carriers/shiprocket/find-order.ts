import { z } from 'zod';
import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import { unreadable } from '../failure.ts';
import { readBody } from '../read-body.ts';
import type { ShiprocketAccount } from './account.ts';
import type { OpenedOrder } from './create-order.ts';
import { gateFailure, httpFailure, serverFailure } from './http-failure.ts';
import { paise } from './money.ts';
import { readError } from './read-error.ts';
import { listSchema, pagesOf, perPage } from './read-list.ts';
import { get } from './request.ts';

/** An order as Shiprocket has it: what to compare with what we meant. */
export interface FoundOrder extends OpenedOrder {
  reference: string;
  /** Asked for and not done: it may still ship. */
  cancelling: boolean;
  payment: 'cod' | 'prepaid' | null;
  totalMinor: number | null;
}

/** By the beginning of the id, so that more may come than was asked for; newest first. */
export function buildFindOrder(account: ShiprocketAccount, reference: string): HttpRequest {
  const query = new URLSearchParams({ search: reference, per_page: String(perPage) });
  return get(account, '/orders', query);
}

export function buildShowOrder(account: ShiprocketAccount, orderId: number): HttpRequest {
  return get(account, `/orders/show/${orderId}`);
}

const shipmentSchema = z.object({
  id: z.coerce.number().int().positive(),
  awb: z.union([z.string(), z.number()]).nullish(),
});

const orderSchema = z.object({
  id: z.coerce.number().int().positive(),
  channel_order_id: z.union([z.string(), z.number()]).transform(String),
  status: z.string().nullish(),
  status_code: z.coerce.number().nullish().catch(null),
  payment_method: z.string().nullish().catch(null),
  total: paise.nullish().catch(null),
  // A list in the list, an object in the single order.
  shipments: z.union([z.array(shipmentSchema), shipmentSchema.transform((one) => [one])]),
});

/** Compared exactly: an unknown filter is ignored, and the search finds by the beginning. */
export function parseFindOrder(
  account: ShiprocketAccount,
  reference: string,
  answer: HttpAnswer,
): Outcome<FoundOrder> {
  const failure = httpFailure(account, answer, 'read');
  if (failure) return failure;
  const parsed = listSchema.safeParse(readBody(answer).json);
  if (!parsed.success) return unreadable(answer, 'read');
  const orders = parsed.data.data.map((entry) => orderSchema.safeParse(entry));
  const found = orders
    .filter((order) => order.success)
    .map((order) => foundOrder(order.data))
    .filter((order) => order?.reference === reference)
    .filter((order) => order !== null);
  if (found.length > 0) return theOne(found);
  // What we cannot read may be the one that we look for.
  if (orders.some((order) => !order.success)) return unreadable(answer, 'read');
  if (pagesOf(parsed.data) <= 1) return { kind: 'absent' };
  const message = 'The search found more orders than it shows';
  return { kind: 'transient', code: 'search-too-wide', message };
}

/** A resend is said to have made a second order: the one that ships counts, else the oldest. */
function theOne(found: readonly FoundOrder[]): Outcome<FoundOrder> {
  const oldestFirst = found.toSorted((a, b) => a.orderId - b.orderId);
  const shipping = oldestFirst.filter(({ awb, cancelled }) => awb !== null && !cancelled);
  if (shipping.length > 1) {
    const message = 'Several parcels are on their way under this reference';
    return { kind: 'drift', code: 'several-parcels', message };
  }
  const chosen = shipping[0] ?? oldestFirst.find(({ cancelled }) => !cancelled) ?? oldestFirst[0];
  return chosen === undefined ? { kind: 'absent' } : { kind: 'done', value: chosen };
}

export function parseShowOrder(
  account: ShiprocketAccount,
  orderId: number,
  answer: HttpAnswer,
): Outcome<FoundOrder> {
  const gate = gateFailure(account, answer);
  if (gate) return gate;
  const parsed = z.object({ data: orderSchema }).safeParse(readBody(answer).json);
  const order = parsed.success ? foundOrder(parsed.data.data) : null;
  if (order?.orderId === orderId) return { kind: 'done', value: order };
  const said = readError(answer).texts.join(' | ');
  if (/order id not found|does not exist/i.test(said)) return { kind: 'absent' };
  return serverFailure(answer, 'read') ?? unreadable(answer, 'read');
}

function foundOrder(order: z.output<typeof orderSchema>): FoundOrder | null {
  const [shipment] = order.shipments;
  if (shipment === undefined) return null;
  const { id: orderId, channel_order_id: reference, status, status_code } = order;
  const awb = shipment.awb == null ? '' : String(shipment.awb).trim();
  const method = order.payment_method?.toLowerCase();
  return {
    orderId,
    shipmentId: shipment.id,
    reference,
    cancelled: status_code === 5 || /^cancell?ed$/i.test(status ?? ''),
    cancelling: status_code === 16 || /cancellation/i.test(status ?? ''),
    awb: awb === '' ? null : awb,
    payment: method === 'cod' || method === 'prepaid' ? method : null,
    totalMinor: order.total ?? null,
  };
}
