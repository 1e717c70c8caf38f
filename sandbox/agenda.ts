/**
 * Everything that happens later: scans, statuses, reviews, latency, retries. One heap and one
 * timer, so that ten thousand parcels under way cost little and `close()` leaves nothing behind.
 */
interface Entry {
  dueAt: number;
  order: number;
  run: () => void;
}

export class Agenda {
  #heap: Entry[] = [];
  #timer: NodeJS.Timeout | undefined;
  #timerDueAt = Infinity;
  #order = 0;
  #closed = false;
  #now: () => number;

  /** The clock only orders entries; it must never go backwards, as the wall clock may. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Runs it once, after this many milliseconds; never after `close()`. */
  in(delayMs: number, run: () => void): void {
    if (this.#closed) return;
    this.#push({ dueAt: this.#now() + delayMs, order: this.#order++, run });
    this.#arm();
  }

  /** Stays pending for ever if the agenda is closed meanwhile: what waited must not go on. */
  sleep(delayMs: number): Promise<void> {
    return delayMs <= 0 ? Promise.resolve() : new Promise((wake) => this.in(delayMs, wake));
  }

  get size(): number {
    return this.#heap.length;
  }

  close(): void {
    this.#closed = true;
    this.#heap = [];
    clearTimeout(this.#timer);
  }

  #arm(): void {
    const first = this.#heap[0];
    if (first === undefined || first.dueAt >= this.#timerDueAt) return;
    clearTimeout(this.#timer);
    this.#timerDueAt = first.dueAt;
    const delayMs = Math.max(0, Math.ceil(first.dueAt - this.#now()));
    this.#timer = setTimeout(() => this.#runDue(), delayMs);
    this.#timer.unref();
  }

  #runDue(): void {
    this.#timerDueAt = Infinity;
    // Only what is due now: a task that adds itself again with no delay must not hold the loop.
    const now = this.#now();
    for (let next = this.#heap[0]; next !== undefined && next.dueAt <= now; next = this.#heap[0]) {
      this.#pop();
      next.run();
    }
    this.#arm();
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt];
      if (parent === undefined || !isBefore(entry, parent)) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      if (left === undefined) break;
      const rightWins = right !== undefined && isBefore(right, left);
      const child = rightWins ? right : left;
      if (!isBefore(child, last)) break;
      heap[at] = child;
      at = 2 * at + (rightWins ? 2 : 1);
    }
    heap[at] = last;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.dueAt === b.dueAt ? a.order < b.order : a.dueAt < b.dueAt;
}
