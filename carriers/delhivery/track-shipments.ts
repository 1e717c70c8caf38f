import { z } from 'zod';
import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import type { TrackingScan } from '../tracking-scan.ts';
import type { DelhiveryAccount } from './account.ts';
import { httpFailure, unreadable } from './http-failure.ts';
import { istTime } from '../ist-time.ts';
import { readBody, redact, textsIn } from '../read-body.ts';
import { readScan, scanKey, statusSchema } from './read-scan.ts';
import { commaList, readHeaders } from './request-headers.ts';

export interface TrackedShipment {
  awb: string;
  /** The order reference it was booked under. One reference can have several waybills. */
  reference: string | null;
  current: TrackingScan;
  /** Oldest first, each once, the current one included. */
  scans: TrackingScan[];
  expectedDeliveryAt: string | null;
}

export interface Tracked {
  shipments: TrackedShipment[];
  /** Waybills (or '' where even that is missing) whose entry we could not read. */
  unreadable: string[];
}

export const mostWaybillsAtOnce = 50;

export function buildTrackByWaybills(
  account: DelhiveryAccount,
  waybills: readonly string[],
): HttpRequest {
  return track(account, 'waybill', waybills);
}

/** How a lost answer is recovered: what was booked under our reference? */
export function buildTrackByReferences(
  account: DelhiveryAccount,
  references: readonly string[],
): HttpRequest {
  return track(account, 'ref_ids', references);
}

function track(
  account: DelhiveryAccount,
  by: 'waybill' | 'ref_ids',
  values: readonly string[],
): HttpRequest {
  if (values.length < 1 || values.length > mostWaybillsAtOnce) {
    throw new RangeError(`Delhivery tracks 1 to ${mostWaybillsAtOnce} parcels at a time`);
  }
  return {
    method: 'GET',
    url: `${account.baseUrl}/api/v1/packages/json/?${by}=${commaList(values)}&verbose=1`,
    headers: readHeaders(account),
  };
}

const answerSchema = z.object({
  ShipmentData: z.array(z.object({ Shipment: z.unknown() })),
});

const id = z.union([z.string(), z.number()]).transform(String);

const shipmentSchema = z.object({
  AWB: id,
  ReferenceNo: id.nullish(),
  ExpectedDeliveryDate: z.string().nullish().catch(null),
  Status: statusSchema,
  Scans: z
    .array(z.object({ ScanDetail: z.unknown() }))
    .nullish()
    .catch(null),
});

const scanSchema = statusSchema.extend({
  Scan: z.string().nullish(),
  ScanType: z.string().nullish(),
  ScannedLocation: z.string().nullish(),
  ScanDateTime: z.string().nullish(),
});

const errorSchema = z.object({ Error: z.string().nullish(), rmk: z.string().nullish() });

/** Unknown waybills are missing in a batch; when all are unknown, the answer is `absent`. */
export function parseTracking(answer: HttpAnswer): Outcome<Tracked> {
  const failure = httpFailure(answer, 'read');
  if (failure) return failure;
  const { json } = readBody(answer);
  const parsed = answerSchema.safeParse(json);
  if (!parsed.success) return parseError(answer, json);
  const entries = parsed.data.ShipmentData;
  if (entries.length === 0) return { kind: 'absent' };
  const read = entries.map((entry) => readShipment(entry.Shipment));
  const shipments = read.filter((entry) => typeof entry !== 'string');
  const broken = read.filter((entry) => typeof entry === 'string');
  if (shipments.length === 0) return unreadable(answer, 'read');
  return { kind: 'done', value: { shipments, unreadable: broken } };
}

function parseError(answer: HttpAnswer, json: unknown): Outcome<Tracked> {
  const error = errorSchema.safeParse(json);
  if (!error.success || textsIn(error.data).length === 0) return unreadable(answer, 'read');
  const text = textsIn(error.data).join(' | ');
  if (/data does not exists?/i.test(text)) return { kind: 'absent' };
  return { kind: 'transient', code: 'tracking-failed', message: redact(text) };
}

/** One broken entry must not hide the other 49: its waybill comes back instead. */
function readShipment(value: unknown): TrackedShipment | string {
  const parsed = shipmentSchema.safeParse(value);
  if (!parsed.success) return z.object({ AWB: id }).safeParse(value).data?.AWB ?? '';
  const { AWB: awb, ReferenceNo, ExpectedDeliveryDate, Status, Scans } = parsed.data;
  const current = readScan(awb, Status);
  if (current === null) return awb;
  const earlier = (Scans ?? []).map((scan) => readScanDetail(awb, scan.ScanDetail));
  return {
    awb,
    reference: ReferenceNo ?? null,
    current,
    scans: inOrder([...earlier.filter((scan) => scan !== null), current]),
    expectedDeliveryAt: istTime(ExpectedDeliveryDate ?? ''),
  };
}

/** A scan names some of its keys otherwise than the status object does. */
function readScanDetail(awb: string, value: unknown): TrackingScan | null {
  const parsed = scanSchema.safeParse(value);
  if (!parsed.success) return null;
  const { Scan, ScanType, ScannedLocation, ScanDateTime, ...said } = parsed.data;
  return readScan(awb, {
    ...said,
    Status: Scan ?? said.Status,
    StatusType: ScanType ?? said.StatusType,
    StatusLocation: ScannedLocation ?? said.StatusLocation,
    StatusDateTime: said.StatusDateTime || (ScanDateTime ?? ''),
  });
}

function inOrder(scans: TrackingScan[]): TrackingScan[] {
  const once = new Map(scans.map((scan) => [scanKey(scan), scan]));
  return [...once.values()].toSorted((a, b) => Date.parse(a.occurredAt) - Date.parse(b.occurredAt));
}
