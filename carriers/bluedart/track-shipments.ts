import { z } from 'zod';
import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import type { TrackingScan } from '../tracking-scan.ts';
import { readBody, textsIn } from '../read-body.ts';
import type { BlueDartSession } from './account.ts';
import { httpFailure, unreadable } from './read-answer.ts';
import { readScan, scanKey, scanSchema } from './read-scan.ts';
import { readRefusal } from './refusals.ts';
import { blueDartReference } from './reference.ts';
import { tokenHeaders } from './request.ts';
import { istMoment } from './times.ts';

export interface TrackedShipment {
  awb: string;
  /** In Blue Dart's form, see `blueDartReference`. */
  reference: string | null;
  /** Oldest first, each once. */
  scans: TrackingScan[];
}

export interface Tracked {
  shipments: TrackedShipment[];
  /** Without information: never booked, or cancelled. */
  missing: string[];
  /** Waybills (or '' where even that is missing) whose entry we could not read. */
  unreadable: string[];
}

/** No limit is published. */
export const mostWaybillsAtOnce = 25;

export function buildTrackByWaybills(
  session: BlueDartSession,
  waybills: readonly string[],
): HttpRequest {
  return track(session, 'awb', waybills);
}

/** What was booked under our reference? Not every gateway knows this call: then it is `absent`. */
export function buildTrackByReferences(
  session: BlueDartSession,
  references: readonly string[],
): HttpRequest {
  return track(session, 'ref', references.map(blueDartReference));
}

/** The licence key travels in the address, because they want it there; the call log masks it. */
function track(
  session: BlueDartSession,
  by: 'awb' | 'ref',
  numbers: readonly string[],
): HttpRequest {
  if (numbers.length < 1 || numbers.length > mostWaybillsAtOnce) {
    throw new RangeError(`Blue Dart tracks 1 to ${mostWaybillsAtOnce} parcels at a time`);
  }
  const { loginId, licenceKey, trackingVersion } = session;
  const query = new URLSearchParams({
    handler: 'tnt',
    action: 'custawbquery',
    loginid: loginId,
    awb: by,
    format: 'json',
    lickey: licenceKey,
    scan: '1',
    ...(trackingVersion === null ? {} : { verno: trackingVersion }),
  });
  const list = numbers.map(encodeURIComponent).join(',');
  return {
    method: 'GET',
    url: `${session.baseUrl}/tracking/v1?${query.toString()}&numbers=${list}`,
    headers: tokenHeaders(session),
  };
}

const listOrOne = z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]);
const answerSchema = z.object({
  ShipmentData: z.object({ Shipment: listOrOne.nullish(), Error: z.string().nullish() }),
});
const noInformation = /no information|incorrect waybill/i;

export function parseTracking(answer: HttpAnswer): Outcome<Tracked> {
  const failure = httpFailure(answer, 'read');
  if (failure) return failure;
  const { json, text } = readBody(answer);
  const parsed = answerSchema.safeParse(json);
  if (!parsed.success) {
    if (noInformation.test(text) && text.length < 1000) return { kind: 'absent' };
    return answer.status >= 400 ? readRefusal(textsIn(json)) : unreadable(answer, 'read');
  }
  const { Shipment, Error: error } = parsed.data.ShipmentData;
  if (error) return noInformation.test(error) ? { kind: 'absent' } : readRefusal([error]);
  return collect(answer, asList(Shipment).map(readShipment));
}

/** One broken entry must not hide the others: its waybill comes back instead. */
function collect(answer: HttpAnswer, read: readonly Entry[]): Outcome<Tracked> {
  const of = <Kind extends Entry['is']>(kind: Kind) =>
    read.filter((entry): entry is Extract<Entry, { is: Kind }> => entry.is === kind);
  const shipments = of('known').map(({ shipment }) => shipment);
  const missing = of('missing').map(({ awb }) => awb);
  const broken = of('unreadable').map(({ awb }) => awb);
  if (shipments.length === 0 && broken.length > 0) return unreadable(answer, 'read');
  if (shipments.length === 0) return { kind: 'absent' };
  return { kind: 'done', value: { shipments, missing, unreadable: broken } };
}

type Entry =
  { is: 'known'; shipment: TrackedShipment } | { is: 'missing' | 'unreadable'; awb: string };

const id = z.union([z.string(), z.number()]).transform((value) => String(value).trim());
const shipmentSchema = z.object({
  WaybillNo: id,
  RefNo: id.nullish().catch(null),
  Status: z.string().nullish(),
  StatusType: z.string().nullish(),
  StatusDate: z.string().nullish().catch(null),
  StatusTime: z.string().nullish().catch(null),
  Scans: listOrOne.nullish().catch(null),
});

function readShipment(value: unknown): Entry {
  const parsed = shipmentSchema.safeParse(value);
  if (!parsed.success) {
    const awb = z.object({ WaybillNo: id }).safeParse(value).data?.WaybillNo ?? '';
    return { is: 'unreadable', awb };
  }
  const { WaybillNo: awb, RefNo, Status, StatusType, StatusDate, StatusTime, Scans } = parsed.data;
  if (noInformation.test(Status ?? '') || StatusType === 'NF') return { is: 'missing', awb };
  const scans = readScans(awb, Scans);
  const hasCurrent = istMoment(StatusDate ?? '', StatusTime ?? '') !== null;
  // Without any scan the status would have no time, or no code: nothing of it can be recorded.
  if (scans === null || (scans.length === 0 && hasCurrent)) return { is: 'unreadable', awb };
  return { is: 'known', shipment: { awb, reference: RefNo || null, scans } };
}

const detailSchema = z.object({ ScanDetail: listOrOne });

/** `[{ScanDetail: {…}}]`, `{ScanDetail: […]}` or the details themselves. Null: none of them. */
function readScans(awb: string, given: unknown): TrackingScan[] | null {
  const details = asList(given).flatMap((entry) => {
    const wrapped = detailSchema.safeParse(entry).data?.ScanDetail;
    return wrapped === undefined ? [entry] : asList(wrapped);
  });
  const parsed = details.map((detail) => scanSchema.safeParse(detail).data);
  if (parsed.some((detail) => detail === undefined)) return null;
  return inOrder(
    awb,
    parsed.filter((detail) => detail !== undefined),
  );
}

/** After the first scan of the way back every later one is part of it, whatever its type says. */
function inOrder(awb: string, details: readonly z.output<typeof scanSchema>[]): TrackingScan[] {
  const timed = details
    .map((detail) => ({ detail, scan: readScan(awb, detail) }))
    .filter(({ scan }) => scan !== null)
    // They come newest first; within a minute that order is all there is.
    .toReversed()
    .toSorted((a, b) => a.scan!.occurredAt.localeCompare(b.scan!.occurredAt));
  let isReturning = false;
  const scans = timed.map(({ detail }) => {
    const scan = readScan(awb, detail, isReturning);
    isReturning ||= scan?.status === 'rto';
    return scan;
  });
  return [
    ...new Map(scans.filter((scan) => scan !== null).map((scan) => [scanKey(scan), scan])).values(),
  ];
}

function asList(value: unknown): unknown[] {
  if (value === null || value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
