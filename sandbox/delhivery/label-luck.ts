import type { DelhiveryAccount } from '../accounts.ts';
import { share } from '../chance.ts';
import type { World } from '../world.ts';

/** Where a parcel's one failing try at a label is met. */
export const labelFailureModes = ['create_crash', 'create_refusal', 'slip_crash'] as const;

export type LabelFailureMode = (typeof labelFailureModes)[number];

/** How the first try at this label fails, or null: decided by seed and reference alone. */
export function labelFailureOf(
  world: World,
  account: DelhiveryAccount,
  reference: string,
): LabelFailureMode | null {
  const { seed, labelFailureRate } = world.settings;
  if (share(seed, 'label', account.client, reference) >= labelFailureRate) return null;
  const luck = share(seed, 'label-mode', account.client, reference);
  return labelFailureModes[Math.floor(luck * labelFailureModes.length)] ?? null;
}

/** True once for each reference that is to fail in this way; the second try goes through. */
export function labelTryFails(
  world: World,
  account: DelhiveryAccount,
  reference: string,
  mode: LabelFailureMode,
): boolean {
  if (reference === '') return false;
  if (labelFailureOf(world, account, reference) !== mode) return false;
  const key = `${account.client} ${reference}`;
  if (world.books.labelFailures.has(key)) return false;
  world.books.labelFailures.add(key);
  world.books.changed();
  return true;
}
