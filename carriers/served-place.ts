/** Carriers with one service: they say where it goes, and only the merchant's rate card what it costs. */
import type { Offer } from './connector.ts';

export interface ServedPlace {
  pincode: string;
  /** As a destination; false too while an embargo lasts. */
  serviceable: boolean;
  embargo: boolean;
  prepaid: boolean;
  cod: boolean;
  /** As an origin. */
  pickup: boolean;
  city: string | null;
}

/** What the declared value may not exceed, in paise; null when it is not said. */
export type DeclaredLimits = Pick<Offer, 'prepaidLimitMinor' | 'codLimitMinor'>;

const noLimits: DeclaredLimits = { prepaidLimitMinor: null, codLimitMinor: null };

/** The one service there is; none when it takes nothing there. */
export function offersAt(
  { embargo, prepaid, cod }: ServedPlace,
  service: string,
  { prepaidLimitMinor, codLimitMinor }: DeclaredLimits = noLimits,
): Offer[] {
  if (!embargo && !prepaid && !cod) return [];
  const unpriced = { code: null, priceMinor: null, rtoMinor: null, days: null };
  return [{ service, ...unpriced, embargo, prepaid, cod, prepaidLimitMinor, codLimitMinor }];
}

/** Served since there are couriers: a connection is checked by asking for it. */
export const knownPincode = '110001';
