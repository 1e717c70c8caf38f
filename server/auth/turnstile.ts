/** Lets so many through at once and the others in their order. */
export class Turnstile {
  readonly #width: number;
  readonly #longest: number;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  constructor(width: number, longest: number) {
    this.#width = width;
    this.#longest = longest;
  }

  /** True when so many wait that a newcomer had better not. Nobody is turned away by itself. */
  isFull(): boolean {
    return this.#waiting.length >= this.#longest;
  }

  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inside >= this.#width) await new Promise<void>((go) => this.#waiting.push(go));
    else this.#inside += 1;
    try {
      return await work();
    } finally {
      // The place goes to the next one directly, so that nobody slips in between.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#inside -= 1;
    }
  }
}
