import type { EventQueue } from './event-queue.ts';

/** What was missed, then what comes. Ends the queue whenever it is left, in the replay too. */
export function replayThen<T>(
  queue: EventQueue<T>,
  missed: AsyncGenerator<T>,
): AsyncIterableIterator<T> {
  let replaying = true;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (replaying) {
        const result = await missed.next().catch((error: unknown) => {
          void queue.return();
          throw error;
        });
        if (!result.done) return result;
        replaying = false;
      }
      return queue.next();
    },
    async return() {
      await Promise.all([queue.return(), missed.return(undefined)]);
      return { value: undefined, done: true };
    },
  };
}
