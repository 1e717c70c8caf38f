import { z } from 'zod';
import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import { unreadable } from '../failure.ts';
import { istTime } from '../ist-time.ts';
import { readBody } from '../read-body.ts';
import type { TrackingScan } from '../tracking-scan.ts';
import type { ShiprocketAccount } from './account.ts';
import { httpFailure } from './http-failure.ts';
import { readHistory } from './read-scan.ts';
import { post } from './request.ts';

export interface TrackedShipment {
  awb: string;
  /** Oldest first, each once; empty while the courier has not said anything. */
  scans: TrackingScan[];
  expectedDeliveryAt: string | null;
}

export interface Tracked {
  shipments: TrackedShipment[];
  /** Numbers whose entry we could not read. */
  unreadable: string[];
}

export const mostAwbsAtOnce = 50;

export function buildTrackShipments(
  account: ShiprocketAccount,
  awbs: readonly string[],
): HttpRequest {
  if (awbs.length < 1 || awbs.length > mostAwbsAtOnce) {
    throw new RangeError(`Shiprocket tracks 1 to ${mostAwbsAtOnce} parcels at a time`);
  }
  return post(account, '/courier/track/awbs', { awbs });
}

const trackingSchema = z.object({
  tracking_data: z.object({
    track_status: z.coerce.number(),
    shipment_track_activities: z.array(z.unknown()).nullish(),
    etd: z.string().nullish().catch(null),
  }),
});

/** An entry for each number that is known; `{}`, or PHP's `[]`, when none is. */
export function parseTracking(
  account: ShiprocketAccount,
  awbs: readonly string[],
  answer: HttpAnswer,
): Outcome<Tracked> {
  const failure = httpFailure(account, answer, 'read');
  if (failure) return failure;
  const { json } = readBody(answer);
  if (Array.isArray(json) && json.length === 0) return { kind: 'absent' };
  const parsed = z.record(z.string(), z.unknown()).safeParse(json);
  if (!parsed.success || answer.status !== 200) return unreadable(answer, 'read');
  const asked = Object.entries(parsed.data).filter(([awb]) => awbs.includes(awb));
  if (asked.length === 0) {
    return Object.keys(parsed.data).length === 0 ? { kind: 'absent' } : unreadable(answer, 'read');
  }
  const read = asked.map(([awb, entry]) => readShipment(awb, entry));
  const shipments = read.filter((entry) => typeof entry !== 'string');
  if (shipments.length === 0) return unreadable(answer, 'read');
  const broken = read.filter((entry) => typeof entry === 'string');
  return { kind: 'done', value: { shipments, unreadable: broken } };
}

/** One broken entry must not hide the other 49: its number comes back instead. */
function readShipment(awb: string, entry: unknown): TrackedShipment | string {
  const parsed = trackingSchema.safeParse(entry);
  if (!parsed.success) return awb;
  const { shipment_track_activities: activities, etd } = parsed.data.tracking_data;
  const scans = readHistory(awb, activities ?? []);
  if (scans.length === 0 && (activities ?? []).length > 0) return awb;
  return { awb, scans, expectedDeliveryAt: istTime(etd ?? '') };
}
