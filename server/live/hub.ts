import type pg from 'pg';
import type { Logger } from 'pino';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';

import { describeError } from '../../describe-error.ts';
import { checkCursor, cursorTooOld, formatCursor, parseCursor } from './cursor.ts';
import { EventQueue, StreamEndedError } from './event-queue.ts';
import type { LiveEvent, Wanted } from './live-event.ts';
import { batchSize, readLiveEvents, readMissedEvents, readStreamState } from './read-events.ts';
import { Recent } from './recent.ts';
import { replayThen } from './replay-then.ts';

/** Of events that others have, too. More than one read: that many at once are nobody's slowness. */
const queueLimit = 1.5 * batchSize;

/** A day of a busy store is less; whoever was away longer loads the page anew. */
const replayLimit = 50_000;

/** What resting may add to the way of an event. */
const longestRestMs = 40;

/** After a failure; the listener's wake-ups come beside it. */
const retryAfterMs = 250;

export interface StoreChannel {
  merchantId: number;
  storeId: number;
  wanted: Wanted;
}

interface Subscriber {
  wanted: Wanted;
  /** Where it goes on from; may be ahead of this process, when another one delivered before. */
  after: number;
  queue: EventQueue<LiveEvent>;
}

/**
 * Fans the told events out to the subscribers of this process. It reads each event once, whatever
 * the number of subscribers, and keeps nothing that another process would miss: every subscriber
 * can go on elsewhere with its cursor.
 */
export class Hub {
  readonly #pool: pg.Pool;
  readonly #logger: Logger;
  readonly #topics = new Map<string, Set<Subscriber>>();
  readonly #recent: Recent;
  readonly #permit: () => Promise<void>;
  readonly #listeners = new Set<(event: LiveEvent) => void>();
  #stream: string;
  #position: number;
  #count = 0;
  #reading: Promise<void> | undefined;
  #wokenAgain = false;
  #closed = false;

  constructor(parts: {
    pool: pg.Pool;
    logger: Logger;
    stream: string;
    position: number;
    recent: Recent;
    permit: () => Promise<void>;
  }) {
    this.#pool = parts.pool;
    this.#logger = parts.logger;
    this.#stream = parts.stream;
    this.#position = parts.position;
    this.#recent = parts.recent;
    this.#permit = parts.permit;
  }

  /** Reads what is new. Called at any moment, as often as you like. */
  wake(): void {
    this.#wokenAgain = true;
    this.#reading ??= this.#readOn().finally(() => {
      this.#reading = undefined;
      if (this.#wokenAgain && !this.#closed) this.wake();
    });
  }

  /** Called with each event, before any subscriber is. */
  listen(listener: (event: LiveEvent) => void): void {
    this.#listeners.add(listener);
  }

  /** What a page passes as `after` that is loaded after this was asked: nothing falls between. */
  cursor(): string {
    return formatCursor({ stream: this.#stream, position: this.#position });
  }

  subscriberCount(): number {
    return this.#count;
  }

  position(): number {
    return this.#position;
  }

  /** One store's events, from now on or since a cursor. */
  async ofStore(
    channel: StoreChannel,
    after: string | null,
  ): Promise<AsyncIterableIterator<LiveEvent>> {
    const topic = storeTopic(channel.merchantId, channel.storeId);
    if (after === null) return this.#add(topic, channel.wanted, this.#position).queue;
    const cursor = parseCursor(after);
    checkCursor(cursor, await readStreamState(this.#pool));
    // No await from here on: a subscriber sees each event either in its queue or in its replay.
    const end = this.#position;
    const subscriber = this.#add(topic, channel.wanted, Math.max(cursor.position, end));
    return replayThen(subscriber.queue, this.#replay(channel, cursor.position, end));
  }

  /** One order's events from now on. */
  ofOrder(publicId: string, wanted: Wanted): AsyncIterableIterator<LiveEvent> {
    return this.#add(orderTopic(publicId), wanted, this.#position).queue;
  }

  close(): void {
    this.#closed = true;
    this.#end();
  }

  #add(topic: string, wanted: Wanted, after: number): Subscriber {
    const subscribers = this.#topics.get(topic) ?? new Set();
    this.#topics.set(topic, subscribers);
    const queue = new EventQueue<LiveEvent>(queueLimit, () => {
      if (subscribers.delete(subscriber)) this.#count -= 1;
      if (subscribers.size === 0 && this.#topics.get(topic) === subscribers)
        this.#topics.delete(topic);
    });
    const subscriber: Subscriber = { wanted, after, queue };
    subscribers.add(subscriber);
    this.#count += 1;
    return subscriber;
  }

  async #readOn(): Promise<void> {
    try {
      for (let more = true; more && !this.#closed;) {
        this.#wokenAgain = false;
        const events = await readLiveEvents(this.#pool, this.#stream, this.#position);
        const [first] = events;
        // Positions have no gaps. Nothing at all, or a gap, may mean that the database is another.
        if (first?.position !== this.#position + 1) await this.#followHistory();
        if (first && first.position > this.#position) {
          await this.#permit(); // after they were read: whoever lost it before they happened is gone
          await this.#tell(events);
        }
        more = events.length === batchSize || this.#wokenAgain;
      }
    } catch (error) {
      this.#logger.warn({ error: describeError(error) }, 'live events could not be read');
      await sleep(retryAfterMs, undefined, { ref: false });
      this.#wokenAgain = true;
    }
  }

  /** After a restored backup everybody begins anew; so does a process that slept past the log. */
  async #followHistory(): Promise<void> {
    const state = await readStreamState(this.#pool);
    const goesOn =
      state.stream === this.#stream &&
      state.position >= this.#position &&
      state.prunedTo <= this.#position;
    if (goesOn) return;
    this.#logger.warn(state, 'the live stream begins anew');
    this.#stream = state.stream;
    this.#position = state.position;
    this.#recent.clear();
    this.#end();
  }

  #end(): void {
    for (const subscribers of [...this.#topics.values()])
      for (const { queue } of [...subscribers]) queue.fail(new StreamEndedError());
  }

  /**
   * Then rests as long as the telling took, up to a limit: with many subscribers or much happening,
   * several events then go out together, which costs little more than one.
   */
  async #tell(events: LiveEvent[]): Promise<void> {
    const startedAt = performance.now();
    for (const event of events) this.#take(event);
    await turn(); // by then it was written to the sockets
    const took = performance.now() - startedAt;
    if (took > 2) await sleep(Math.min(took, longestRestMs));
  }

  #take(event: LiveEvent): void {
    this.#position = event.position;
    this.#recent.add(event);
    for (const listener of this.#listeners) listener(event);
    this.#deliver(storeTopic(event.merchantId, event.storeId), event);
    this.#deliver(orderTopic(event.publicId), event);
  }

  #deliver(topic: string, event: LiveEvent): void {
    for (const { wanted, after, queue } of this.#topics.get(topic) ?? [])
      if (event.position > after && wanted(event)) queue.push(event);
  }

  /** The events past a position, up to where the live queue begins: from memory, or from the log. */
  async *#replay(channel: StoreChannel, after: number, upTo: number): AsyncGenerator<LiveEvent> {
    const { merchantId, storeId, wanted } = channel;
    const ours = (event: LiveEvent) =>
      event.merchantId === merchantId && event.storeId === storeId && wanted(event);
    const remembered = this.#recent.between(after, upTo);
    if (remembered) return yield* remembered.filter(ours);
    const stream = this.#stream;
    for (let read = 0, position = after; position < upTo;) {
      if (read > 0) await this.#permit();
      const missed = { merchantId, storeId, after: position, upTo };
      const events = await readMissedEvents(this.#pool, stream, missed);
      yield* events.filter(ours);
      read += events.length;
      if (events.length < batchSize) return;
      if (read > replayLimit) throw cursorTooOld();
      position = events.at(-1)?.position ?? upTo;
    }
  }
}

/**
 * `permit` lets go of whoever may no longer listen; it is asked before anything is told. Reads a little back before anybody subscribes, so that the clients of a process that ended are told
 * from memory what they missed.
 */
export async function createHub(
  pool: pg.Pool,
  logger: Logger,
  permit: () => Promise<void>,
): Promise<Hub> {
  const { stream, position, prunedTo } = await readStreamState(pool);
  const recent = new Recent();
  const before = Math.max(prunedTo, position - batchSize);
  const events = await readLiveEvents(pool, stream, before);
  for (const event of events) recent.add(event);
  const start = events.at(-1)?.position ?? position;
  return new Hub({ pool, logger, stream, position: start, recent, permit });
}

function storeTopic(merchantId: number, storeId: number): string {
  return `store ${merchantId} ${storeId}`;
}

function orderTopic(publicId: string): string {
  return `order ${publicId}`;
}
