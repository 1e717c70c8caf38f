import { share } from '../chance.ts';
import type { World } from '../world.ts';
import type { ShiprocketAccount } from './accounts.ts';

/** Where a parcel's one failing try at a label is met. */
export const labelFailureModes = ['create_crash', 'assign_refusal', 'label_not_ready'] as const;

export type LabelFailureMode = (typeof labelFailureModes)[number];

/** How the first try at this label fails, or null: decided by seed and reference alone. */
export function labelFailureOf(
  world: World,
  account: ShiprocketAccount,
  reference: string,
): LabelFailureMode | null {
  const { seed, labelFailureRate } = world.settings;
  if (share(seed, 'label', account.email, reference) >= labelFailureRate) return null;
  const luck = share(seed, 'label-mode', account.email, reference);
  return labelFailureModes[Math.floor(luck * labelFailureModes.length)] ?? null;
}

/** True once for each reference that is to fail in this way; the second try goes through. */
export function labelTryFails(
  world: World,
  account: ShiprocketAccount,
  reference: string,
  mode: LabelFailureMode,
): boolean {
  if (labelFailureOf(world, account, reference) !== mode) return false;
  const key = `${account.email} ${reference}`;
  if (world.books.labelFailures.has(key)) return false;
  world.books.labelFailures.add(key);
  world.books.changed();
  return true;
}
