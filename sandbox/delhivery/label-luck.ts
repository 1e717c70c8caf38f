import type { DelhiveryAccount } from '../accounts.ts';
import { labelLuck } from '../label-luck.ts';
import type { World } from '../world.ts';

/** Where a parcel's one failing try at a label is met. */
const modes = ['create_crash', 'create_refusal', 'slip_crash'] as const;

const tryFails = labelLuck(modes);

export function labelTryFails(
  world: World,
  { client }: DelhiveryAccount,
  reference: string,
  mode: (typeof modes)[number],
): boolean {
  return reference !== '' && tryFails(world, client, reference, mode);
}
