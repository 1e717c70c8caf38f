/** The parcels of the sandbox's books in one shape, whatever the carrier: the second witness. */
import { blueDartReference } from '../carriers/bluedart/reference.ts';
import type { CarrierCode } from '../carriers/registry.ts';
import type { Books } from './sandbox-books.ts';

export interface TheirParcel {
  carrier: CarrierCode;
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
