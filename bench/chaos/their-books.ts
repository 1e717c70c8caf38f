/** The sandbox's books in one shape, whatever the carrier: the second witness. */
import { blueDartReference } from '../../carriers/bluedart/reference.ts';
import { decisiveKinds } from '../../sandbox/faults.ts';
import type { Carrier } from './faults.ts';
import type { Books } from './sandbox-process.ts';

export interface TheirParcel {
  carrier: Carrier;
  awb: string;
  /** Of the box, see {@link plainReference}. */
  reference: string;
  codMinor: number;
  isLive: boolean;
  /** It was called off when it had been collected: it comes back. */
  turnsBack: boolean;
  /** Where its journey has ended, in our words; null: it is still under way. */
  end: 'delivered' | 'returned' | 'lost' | null;
}

export function theirParcels(books: Books): TheirParcel[] {
  return [...delhiveryParcels(books), ...blueDartParcels(books), ...shiprocketParcels(books)];
}

function delhiveryParcels({ parcels }: Books): TheirParcel[] {
  return parcels.map((parcel) => {
    const last = parcel.scans.at(-1);
    const over =
      last?.statusType === 'DL' ? (last.status === 'RTO' ? 'returned' : 'delivered') : null;
    return {
      carrier: 'delhivery',
      awb: parcel.awb,
      reference: plainReference(parcel.reference),
      codMinor: parcel.payment === 'COD' ? paise(parcel.codAmount) : 0,
      isLive: parcel.cancelledAt === null,
      turnsBack: parcel.cancelledAt !== null && parcel.position > 0,
      end: last?.statusType === 'LT' ? 'lost' : over,
    };
  });
}

function blueDartParcels({ bluedart }: Books): TheirParcel[] {
  return bluedart.parcels.map((parcel) => {
    const last = parcel.scans.at(-1);
    const over = last?.code === '000' ? (last.type === 'RT' ? 'returned' : 'delivered') : null;
    return {
      carrier: 'bluedart',
      awb: parcel.awb,
      reference: parcel.reference,
      codMinor: parcel.payment === 'cod' ? paise(parcel.codAmount) : 0,
      isLive: parcel.cancelledAt === null,
      turnsBack: false,
      end: last?.code === '198' ? 'lost' : over,
    };
  });
}

function shiprocketParcels({ shiprocket }: Books): TheirParcel[] {
  const ends: Record<string, TheirParcel['end']> = { 7: 'delivered', 10: 'returned', 12: 'lost' };
  return (shiprocket?.orders ?? []).flatMap((order) => {
    if (order.awb === null) return [];
    return {
      carrier: 'shiprocket',
      awb: order.awb,
      reference: plainReference(order.reference),
      codMinor: order.payment === 'cod' ? paise(order.codAmount) : 0,
      isLive: order.cancelRequestedAt === null,
      turnsBack: order.cancelRequestedAt !== null && order.position > 0,
      end: ends[order.scans.at(-1)?.srStatus ?? ''] ?? null,
    };
  });
}

/** The same for one box at every carrier: written as the strictest wants it, X and X-R2 being tries at X. */
export function plainReference(reference: string): string {
  return blueDartReference(reference.replace(/-R\d+$/, ''));
}

function paise(rupees: number): number {
  return Math.round(rupees * 100);
}

/** Calls that a service has served, webhooks and what is counted beside the calls not among them. */
export function callsServed({ requests }: Books, service: string): number {
  return sumOf(Object.values(outcomesOf(requests, (name) => name === service)));
}

const faults = new Set<string>(decisiveKinds);

/** How many calls failed because we had asked for it. */
export function callsFaulted({ requests }: Books): { calls: number; of: number } {
  const outcomes = outcomesOf(requests, () => true);
  const asked = Object.entries(outcomes).filter(([outcome]) => faults.has(outcome));
  return { calls: sumOf(asked.map(([, count]) => count)), of: sumOf(Object.values(outcomes)) };
}

function outcomesOf(
  requests: Books['requests'],
  isOf: (service: string) => boolean,
): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [name, outcomes] of Object.entries(requests)) {
    const [service = '', operation, ...more] = name.split('.');
    if (more.length > 0 || operation === 'webhook' || !isOf(service)) continue;
    for (const [outcome, count] of Object.entries(outcomes)) {
      sums[outcome] = (sums[outcome] ?? 0) + count;
    }
  }
  return sums;
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
