import { randomInt } from 'node:crypto';

import type { Merchant } from './merchants.ts';
import { shipTo } from './orders.ts';
import type { OrderInput } from './orders.ts';
import { one, rows, value } from './query.ts';
import type { Db } from './query.ts';

export interface Effect {
  merchant_id: number;
  subject_id: string;
  kind: string;
  order_id: string;
  shipment_id: string | null;
  status: string;
  reference: string;
  reserved_number: string | null;
  epoch: number;
  attempts: number;
  leased_by: string | null;
  leased_until: Date | null;
  due_at: Date;
  sweep_at: Date | null;
  error_code: string | null;
}

export interface Claim {
  effect: Effect & { found_sending: boolean; message_id: string | null };
  context: Record<string, Record<string, unknown> | null>;
}

/** Null when somebody else has it, or it is done, not due, or its circuit is open. */
export function claim(
  db: Db,
  merchant: Merchant,
  subjectId: string,
  kind: string,
  worker = 'worker-1',
): Promise<Claim | null> {
  return value<Claim | null>(db, 'select app_private.claim_effect($1, $2, $3, $4) as value', [
    merchant.id,
    subjectId,
    kind,
    worker,
  ]);
}

export async function mustClaim(
  db: Db,
  merchant: Merchant,
  subjectId: string,
  kind: string,
  worker?: string,
): Promise<Claim> {
  const claimed = await claim(db, merchant, subjectId, kind, worker);
  if (claimed === null) throw new Error(`${kind} cannot be claimed`);
  return claimed;
}

export function readEffect(db: Db, subjectId: string, kind: string): Promise<Effect> {
  const sql = 'select * from app_public.effects where subject_id = $1 and kind = $2';
  return one<Effect>(db, sql, [subjectId, kind]);
}

export interface Failure {
  outcome: string;
  code?: string;
  message?: string;
  retryAfterMs?: number;
  /** Waiting for something, which is no attempt. */
  dueInMs?: number;
}

export function fail(
  db: Db,
  { merchant_id, subject_id, kind, epoch }: Effect,
  { outcome, code = 'BUSY', message = 'The service is busy.', retryAfterMs, dueInMs }: Failure,
): Promise<string> {
  return value<string>(
    db,
    'select app_private.fail_effect($1, $2, $3, $4, $5, $6, $7, $8, $9) as value',
    [
      merchant_id,
      subject_id,
      kind,
      epoch,
      outcome,
      code,
      message,
      retryAfterMs ?? null,
      dueInMs ?? null,
    ],
  );
}

/** What validation makes of the address of orderInput(). */
export const cleanContact: OrderInput = { ...shipTo(), phone_e164: '+919847012345' };

export function recordValidation(
  db: Db,
  merchant: Merchant,
  orderId: string,
  epoch: number,
  problems: { code: string; reason: string }[] = [],
  contact: Record<string, unknown> = cleanContact,
): Promise<boolean> {
  return value<boolean>(
    db,
    `select app_private.record_validation($1, $2, $3, $4, '[]', $5) as value`,
    [merchant.id, orderId, epoch, contact, JSON.stringify(problems)],
  );
}

/** The merchant's first carrier account takes it. False when fenced off. */
export async function recordAssignment(
  db: Db,
  merchant: Merchant,
  orderId: string,
  epoch: number,
): Promise<boolean> {
  const next = await recordOffers(db, merchant, orderId, epoch, [
    { account_id: merchant.carrierAccount, offers: [surface] },
  ]);
  return next === 'planned';
}

/** What a carrier says that takes everything and names no price. */
export const surface = { service: 'surface', embargo: false, prepaid: true, cod: true };

export interface Answer {
  account_id: number;
  known?: boolean;
  offers?: object[];
  failure?: object;
}

/** planned, retry, dead, abandoned, not_wanted or fenced. */
export function recordOffers(
  db: Db,
  merchant: Merchant,
  orderId: string,
  epoch: number,
  answers: Answer[],
): Promise<string> {
  return value<string>(db, 'select app_private.record_offers($1, $2, $3, $4) as value', [
    merchant.id,
    orderId,
    epoch,
    JSON.stringify(answers.map((answer) => ({ known: false, ...answer }))),
  ]);
}

/** Reserves a number, as a worker does that finds the pool empty; null when fenced off. */
export function refillPool(
  db: Db,
  merchant: Merchant,
  shipmentId: string,
  epoch: number,
  awbs: string[],
): Promise<string | null> {
  return value<string | null>(
    db,
    'select app_private.refill_awb_pool($1, $2, $3, $4, $5) as value',
    [merchant.id, shipmentId, epoch, merchant.carrierAccount, awbs],
  );
}

export function recordBooking(
  db: Db,
  merchant: Merchant,
  shipmentId: string,
  epoch: number,
  awb: string,
): Promise<boolean> {
  return value<boolean>(db, 'select app_private.record_booking($1, $2, $3, $4) as value', [
    merchant.id,
    shipmentId,
    epoch,
    { awb, found: false },
  ]);
}

export const pdf = Buffer.from('%PDF-1.4 a label');

export function recordLabel(
  db: Db,
  merchant: Merchant,
  shipmentId: string,
  epoch: number,
): Promise<boolean> {
  return value<boolean>(db, 'select app_private.record_label($1, $2, $3, $4) as value', [
    merchant.id,
    shipmentId,
    epoch,
    pdf,
  ]);
}

export function recordCancellation(
  db: Db,
  merchant: Merchant,
  shipmentId: string,
  epoch: number,
): Promise<boolean> {
  return value<boolean>(db, 'select app_private.record_cancellation($1, $2, $3) as value', [
    merchant.id,
    shipmentId,
    epoch,
  ]);
}

export interface Scan {
  awb: string;
  status: string | null;
  occurredAt: string;
  carrierStatus?: string;
}

/** Returns how many of the scans were new. */
export function recordScans(db: Db, merchant: Merchant, scans: Scan[]): Promise<number> {
  const sent = scans.map(({ awb, status, occurredAt, carrierStatus }) => ({
    awb,
    status,
    carrier_code: 'X-UCI',
    carrier_status: carrierStatus ?? status,
    occurred_at: occurredAt,
    location: 'Kochi',
    remark: null,
  }));
  return value<number>(db, 'select app_private.record_scans($1, $2, $3) as value', [
    merchant.id,
    merchant.carrierAccount,
    JSON.stringify(sent),
  ]);
}

export interface Shipment {
  id: string;
  order_id: string;
  box: number;
  booking: number;
  carrier: string;
  status: string;
  awb: string | null;
  last_scan: string | null;
}

export function shipmentsOf(db: Db, orderId: string): Promise<Shipment[]> {
  const sql =
    'select * from app_public.shipments_current where order_id = $1 order by box, booking';
  return rows<Shipment>(db, sql, [orderId]);
}

/** The order's first box. */
export async function shipmentOf(db: Db, orderId: string): Promise<Shipment> {
  const [first] = await shipmentsOf(db, orderId);
  if (first === undefined) throw new Error('The order has no shipment yet');
  return first;
}

export function newAwb(): string {
  return `1000${randomInt(1_000_000_000, 9_999_999_999)}`;
}
