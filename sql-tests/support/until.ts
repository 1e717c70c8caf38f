import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again and again until there is an answer; says what it was waiting for when there is none. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  withinMs = 30_000,
): Promise<T> {
  const endsAt = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > endsAt) throw new Error(`Waited ${withinMs} ms in vain for ${what}`);
    await sleep(20);
  }
}
