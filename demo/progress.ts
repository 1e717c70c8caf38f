/** Where the orders stand, while they go: one line that is rewritten, or one every two seconds in a log. */
const logEveryMs = 2_000;

export interface StatusCount {
  status: string;
  orders: number;
}

export class Progress {
  readonly #out: NodeJS.WriteStream;
  readonly #startedAt: number;
  #loggedAt = -Infinity;

  constructor(out: NodeJS.WriteStream, startedAt: number) {
    this.#out = out;
    this.#startedAt = startedAt;
  }

  show(counts: readonly StatusCount[], total: number): void {
    const now = Date.now();
    const seconds = String(Math.round((now - this.#startedAt) / 1000)).padStart(3);
    const there = counts.reduce((sum, { orders }) => sum + orders, 0);
    const parts = counts.map(({ status, orders }) => `${status} ${orders}`);
    const line = [`${seconds} s`, `${there}/${total} orders`, ...parts].join('  ');
    if (this.#out.isTTY) this.#out.write(`\r\x1b[K${line.slice(0, (this.#out.columns || 80) - 1)}`);
    else if (now - this.#loggedAt >= logEveryMs) {
      this.#loggedAt = now;
      this.#out.write(`${line}\n`);
    }
  }

  end(): void {
    if (this.#out.isTTY) this.#out.write('\n');
  }
}
