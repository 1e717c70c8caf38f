/** Where the orders stand: one line that is rewritten, or one every two seconds in a log. */
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

  /** `lookedUp`: bookings whose answer was lost, which explains why some orders stand still. */
  show(counts: readonly StatusCount[], total: number, lookedUp: number): void {
    const now = Date.now();
    const there = counts.reduce((sum, { orders }) => sum + orders, 0);
    const line = [
      `${String(Math.round((now - this.#startedAt) / 1000)).padStart(3)} s`,
      `${there}/${total} orders`,
      ...counts.map(({ status, orders }) => `${status} ${orders}`),
      ...(lookedUp === 0 ? [] : [`(${lookedUp} being looked up after a lost answer)`]),
    ].join('  ');
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
