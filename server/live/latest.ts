/**
 * Values of which only the last one matters. A reader that is slow misses the ones between, so at
 * most one waits for it.
 */
export class Latest<T extends object> implements AsyncIterableIterator<T> {
  readonly #onEnd: () => void;
  #waiting: T | undefined;
  #receive: ((result: IteratorResult<T>) => void) | undefined;
  #ended = false;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  set(value: T): void {
    if (this.#ended) return;
    if (!this.#receive) {
      this.#waiting = value;
      return;
    }
    const receive = this.#receive;
    this.#receive = undefined;
    receive({ value, done: false });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T>> {
    const value = this.#waiting;
    this.#waiting = undefined;
    if (value) return Promise.resolve({ value, done: false });
    if (this.#ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => {
      this.#receive = resolve;
    });
  }

  return(): Promise<IteratorResult<T>> {
    if (!this.#ended) {
      this.#ended = true;
      this.#waiting = undefined;
      this.#onEnd();
      this.#receive?.({ value: undefined, done: true });
    }
    return Promise.resolve({ value: undefined, done: true });
  }
}
