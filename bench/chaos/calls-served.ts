/** The calls of the sandbox's books. */
import type { Books } from '../../demo/sandbox-books.ts';
import { decisiveKinds } from '../../sandbox/faults.ts';

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
