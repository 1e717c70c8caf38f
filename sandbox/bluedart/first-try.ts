import { share } from '../chance.ts';
import type { World } from '../world.ts';
import type { BlueDartAccount } from './account.ts';

/** How the first try of an unlucky waybill fails; nothing is saved, and the next try goes through. */
export function firstTry(
  world: World,
  { loginId }: BlueDartAccount,
  reference: string,
): 'crash' | 'empty' | null {
  const { seed, labelFailureRate } = world.settings;
  if (share(seed, 'label', loginId, reference) >= labelFailureRate) return null;
  const key = `bluedart ${loginId} ${reference}`;
  if (world.books.labelFailures.has(key)) return null;
  world.books.labelFailures.add(key);
  world.books.changed();
  return share(seed, 'label-mode', loginId, reference) < 0.5 ? 'crash' : 'empty';
}
