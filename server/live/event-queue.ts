interface Receiver<T> {
  resolve: (result: IteratorResult<T>) => void;
  reject: (error: Error) => void;
}

/**
 * What waits for one subscriber. A subscriber that does not keep up is ended with an error instead
 * of filling the memory; it comes back with the cursor of the last event that it got.
 */
export class EventQueue<T> implements AsyncIterableIterator<T> {
  readonly #waiting: T[] = [];
  readonly #limit: number;
  readonly #onEnd: () => void;
  #receiver: Receiver<T> | undefined;
  #ended = false;
  #error: Error | undefined;

  constructor(limit: number, onEnd: () => void) {
    this.#limit = limit;
    this.#onEnd = onEnd;
  }

  push(value: T): void {
    if (this.#ended) return;
    if (this.#receiver) {
      const { resolve } = this.#receiver;
      this.#receiver = undefined;
      resolve({ value, done: false });
    } else if (this.#waiting.length >= this.#limit) {
      this.fail(new SlowConsumerError());
    } else {
      this.#waiting.push(value);
    }
  }

  fail(error: Error): void {
    if (this.#ended) return;
    this.#error = error;
    this.#waiting.length = 0;
    this.#end();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T>> {
    const value = this.#waiting.shift();
    if (value !== undefined) return Promise.resolve({ value, done: false });
    if (this.#error !== undefined) {
      const error = this.#error;
      this.#error = undefined;
      return Promise.reject(error);
    }
    if (this.#ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => {
      this.#receiver = { resolve, reject };
    });
  }

  return(): Promise<IteratorResult<T>> {
    this.#waiting.length = 0;
    this.#end();
    return Promise.resolve({ value: undefined, done: true });
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
    const receiver = this.#receiver;
    this.#receiver = undefined;
    if (!receiver) return;
    if (this.#error === undefined) receiver.resolve({ value: undefined, done: true });
    else {
      const error = this.#error;
      this.#error = undefined;
      receiver.reject(error);
    }
  }
}

export class SlowConsumerError extends Error {
  constructor() {
    super('Too many events wait for this subscriber.');
  }
}

/** The stream of events begins anew, or this process ends: subscribers come back with a cursor. */
export class StreamEndedError extends Error {
  constructor() {
    super('The live stream ended.');
  }
}
