import { labelLuck } from '../label-luck.ts';
import type { World } from '../world.ts';
import type { ShiprocketAccount } from './accounts.ts';

/** Where a parcel's one failing try at a label is met. */
const modes = ['create_crash', 'assign_refusal', 'label_not_ready'] as const;

const tryFails = labelLuck(modes);

export function labelTryFails(
  world: World,
  { email }: ShiprocketAccount,
  reference: string,
  mode: (typeof modes)[number],
): boolean {
  return tryFails(world, email, reference, mode);
}
