/**
 * Statements of many that come at the same time, as one: while a batch is under way, what comes in waits
 * and is the next one. Nobody waits for a batch to fill: what comes alone goes alone, and the more comes, the less
 * each costs. Every caller gets its answer when its batch was committed.
 */
export class Batches<Item, Answer> {
  readonly #run: (key: string, items: Item[]) => Promise<Answer>;
  readonly #most: number;
  readonly #waiting = new Map<string, Waiting<Item, Answer>[]>();

  /** Only items of one key are put together. A batch that fails is tried again one by one. */
  constructor(run: (key: string, items: Item[]) => Promise<Answer>, most: number) {
    this.#run = run;
    this.#most = most;
  }

  add(key: string, item: Item): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const one = { item, resolve, reject };
      const waiting = this.#waiting.get(key);
      if (waiting !== undefined) {
        waiting.push(one);
        return;
      }
      this.#waiting.set(key, [one]);
      // What is read from the network in the same turn comes along.
      setImmediate(() => void this.#work(key));
    });
  }

  async #work(key: string): Promise<void> {
    for (;;) {
      const batch = this.#waiting.get(key)?.splice(0, this.#most) ?? [];
      if (batch.length === 0) break;
      await this.#answer(key, batch);
    }
    this.#waiting.delete(key);
  }

  async #answer(key: string, batch: Waiting<Item, Answer>[]): Promise<void> {
    try {
      const answer = await this.#run(
        key,
        batch.map(({ item }) => item),
      );
      for (const { resolve } of batch) resolve(answer);
    } catch (error) {
      const [only] = batch;
      if (batch.length === 1) return only?.reject(error);
      for (const one of batch) await this.#answer(key, [one]);
    }
  }
}

interface Waiting<Item, Answer> {
  item: Item;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
}
