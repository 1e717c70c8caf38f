import { share } from './chance.ts';
import type { World } from './world.ts';

/**
 * Some labels fail at their first try, each in one of these ways: decided by seed and reference alone.
 * True once for each reference that is to fail in this way; the second try goes through.
 */
export function labelLuck<Mode extends string>(modes: readonly Mode[]) {
  return (world: World, account: string, reference: string, mode: Mode): boolean => {
    if (failureOf(world, account, reference, modes) !== mode) return false;
    const key = `${account} ${reference}`;
    if (world.books.labelFailures.has(key)) return false;
    world.books.labelFailures.add(key);
    world.books.changed();
    return true;
  };
}

function failureOf<Mode>(
  { settings: { seed, labelFailureRate } }: World,
  account: string,
  reference: string,
  modes: readonly Mode[],
): Mode | null {
  if (share(seed, 'label', account, reference) >= labelFailureRate) return null;
  return modes[Math.floor(share(seed, 'label-mode', account, reference) * modes.length)] ?? null;
}
