import { z } from 'zod';
import { share } from './chance.ts';
import type { World } from './world.ts';

/** What the sandbox has planned for a parcel. Every carrier tells of it in its own words. */
export const Journey = z.enum(['delivered', 'undelivered', 'rto', 'lost']);
export type Journey = z.output<typeof Journey>;

/** The carrier's scans of each part of the way. */
export interface Parts<Step> {
  beginning: readonly Step[];
  outForDelivery: Step;
  delivered: Step;
  /** A failed attempt that the next one makes good. */
  notAtHome: Step;
  /** A failed attempt that ends in the return. */
  refused: Step;
  comesBack: readonly Step[];
  lost: Step;
}

/** Scans to come, in order. */
export function journeysOf<Step>(parts: Parts<Step>): Readonly<Record<Journey, readonly Step[]>> {
  const { beginning, outForDelivery, delivered } = parts;
  return {
    delivered: [...beginning, outForDelivery, delivered],
    undelivered: [...beginning, outForDelivery, parts.notAtHome, outForDelivery, delivered],
    rto: [...beginning, outForDelivery, parts.refused, ...parts.comesBack],
    lost: [...beginning, parts.lost],
  };
}

/** Endings of the consignee's phone that fix the journey. */
const magicPhones: readonly (readonly [string, Journey])[] = [
  ['770001', 'undelivered'],
  ['770002', 'rto'],
  ['770003', 'lost'],
];

export function journeyFor(world: World, phone: string, reference: string): Journey {
  const magic = magicPhones.find(([ending]) => phone.endsWith(ending));
  if (magic !== undefined) return magic[1];
  const { seed, ndrRate, rtoRate } = world.settings;
  const luck = share(seed, 'journey', reference);
  if (luck < rtoRate) return 'rto';
  return luck < rtoRate + ndrRate ? 'undelivered' : 'delivered';
}
