/** What was missed, then what comes. Ends the queue whenever it is left, in the replay too. */
export function replayThen<T>(
  queue: AsyncIterableIterator<T>,
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
          void queue.return?.();
          throw error;
        });
        if (!result.done) return result;
        replaying = false;
      }
      return queue.next();
    },
    async return() {
      await Promise.all([queue.return?.(), missed.return(undefined)]);
      return { value: undefined, done: true };
    },
  };
}

/**
 * What `pick` makes of each value; undefined is left out. No generator: the return() of one waits for
 * the value that it waits for itself.
 */
export function picked<T, U>(
  values: AsyncIterableIterator<T>,
  pick: (value: T) => U | undefined,
): AsyncIterableIterator<U> {
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      for (;;) {
        const result = await values.next();
        if (result.done) return { value: undefined, done: true };
        const value = pick(result.value);
        if (value !== undefined) return { value, done: false };
      }
    },
    async return() {
      await values.return?.();
      return { value: undefined, done: true };
    },
  };
}
