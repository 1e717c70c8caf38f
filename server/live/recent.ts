import type { LiveEvent } from './live-event.ts';

const limit = 5000;

/**
 * The last events that this process read. When a server dies, all its clients come to the others at
 * once and ask for the same few seconds: they are told from here. A cache, no state: without it the
 * log is read.
 */
export class Recent {
  #events: LiveEvent[] = [];

  /** Positions come without gaps. */
  add(event: LiveEvent): void {
    this.#events.push(event);
    if (this.#events.length >= 2 * limit) this.#events = this.#events.slice(-limit);
  }

  clear(): void {
    this.#events = [];
  }

  /** The events after one position up to another; undefined when some of them are not here. */
  between(after: number, upTo: number): LiveEvent[] | undefined {
    if (upTo <= after) return [];
    const first = this.#events[0]?.position;
    if (first === undefined || after + 1 < first) return undefined;
    return this.#events.slice(after + 1 - first, upTo + 1 - first);
  }
}
