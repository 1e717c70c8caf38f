import type { ExecutionResult } from 'postgraphile/graphql';

import { EventQueue } from './event-queue.ts';

/** Runs the operation once over a stream of payloads; one answer for each, in their order. */
export type Run = (
  payloads: AsyncIterableIterator<object>,
) => Promise<AsyncIterable<ExecutionResult> | ExecutionResult>;

/** Rendered events are kept for the subscribers that come to them a little later. */
const keptMs = 5000;
const keptCount = 2000;

const laneCount = { live: 4, replay: 1 } as const;

interface Rendered {
  text: Promise<string>;
  at: number;
}

/**
 * One subscription document with its variables, run for one role of one merchant, whatever the
 * number of its subscribers: each payload is executed and serialised once, and all get the same
 * text. Grafast alone would run it for every subscriber, a database transaction each, and would
 * keep any number of answers for a socket that does not take them.
 */
export class SharedOperation {
  readonly #run: Run;
  readonly #serialise: (result: ExecutionResult) => string;
  readonly #rendered = new Map<string, Rendered>();
  readonly #lanes: { live: Lane[]; replay: Lane[] } = { live: [], replay: [] };
  #users = 0;

  constructor(run: Run, serialise: (result: ExecutionResult) => string) {
    this.#run = run;
    this.#serialise = serialise;
  }

  /** The payload's answer as JSON. What is replayed does not hold up what is live. */
  render(key: string, payload: object, kind: 'live' | 'replay'): Promise<string> {
    const now = performance.now();
    const known = this.#rendered.get(key);
    if (known && now - known.at < keptMs) return known.text;
    this.#forget(now);
    const text = this.#freeLane(kind)
      .execute(payload)
      .then((result) => {
        // What failed is tried again for the next one who asks.
        if (result.errors) this.#rendered.delete(key);
        return this.#serialise(result);
      });
    text.catch(() => this.#rendered.delete(key));
    this.#rendered.delete(key); // so that the order of the map is the order of their times
    this.#rendered.set(key, { text, at: now });
    return text;
  }

  join(): void {
    this.#users += 1;
  }

  /** True when nobody is left; it is then closed. */
  leave(): boolean {
    this.#users -= 1;
    if (this.#users > 0) return false;
    for (const lane of [...this.#lanes.live, ...this.#lanes.replay]) lane.close();
    return true;
  }

  /** Lanes mostly wait for the database: a few of them keep up with many events. */
  #freeLane(kind: 'live' | 'replay'): Lane {
    const lanes = this.#lanes[kind];
    const [best] = lanes.toSorted((a, b) => a.waitingCount - b.waitingCount);
    if (best && (best.waitingCount === 0 || lanes.length >= laneCount[kind])) return best;
    const lane: Lane = new Lane(this.#run, () => void lanes.splice(lanes.indexOf(lane), 1));
    lanes.push(lane);
    return lane;
  }

  #forget(now: number): void {
    for (const [key, { at }] of this.#rendered) {
      if (now - at < keptMs && this.#rendered.size < keptCount) return;
      this.#rendered.delete(key);
    }
  }
}

interface Waiting {
  resolve: (result: ExecutionResult) => void;
  reject: (error: Error) => void;
}

/** One run of the operation: payloads go in, answers come out in the same order. */
class Lane {
  readonly #feed = new EventQueue<object>(Infinity, () => undefined);
  readonly #waiting: Waiting[] = [];
  readonly #onEnd: () => void;

  constructor(run: Run, onEnd: () => void) {
    this.#onEnd = onEnd;
    this.#pass(run).then(
      () => this.#end(new Error('The operation ended.')),
      (error: unknown) => this.#end(error instanceof Error ? error : new Error(String(error))),
    );
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  execute(payload: object): Promise<ExecutionResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#feed.push(payload);
    });
  }

  close(): void {
    void this.#feed.return();
  }

  async #pass(run: Run): Promise<void> {
    const answers = await run(this.#feed);
    if (!(Symbol.asyncIterator in answers)) throw answers.errors?.[0] ?? new Error('No stream.');
    for await (const answer of answers) this.#waiting.shift()?.resolve(answer);
  }

  #end(error: Error): void {
    this.#onEnd();
    this.close();
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
