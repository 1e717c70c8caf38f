import type pg from 'pg';
import type { Logger } from 'pino';

import { describeError } from '../../describe-error.ts';
import { refusal } from '../errors/refusal.ts';
import { isAfter, parseCursor, type Cursor } from './cursor.ts';
import { EventQueue } from './event-queue.ts';
import type { LiveEvent } from './live-event.ts';
import { readLiveCursor, readLiveEvents } from './read-events.ts';

const queueLimit = 1000;

/** About a day of a busy merchant; whoever was away longer loads the page anew. */
const replayLimit = 50_000;

export interface Channel {
  merchantId: number;
  storeId: number;
}

interface Subscriber extends Channel {
  /** Where it goes on from; may be ahead of this process, when another one delivered before. */
  after: Cursor | undefined;
  queue: EventQueue<LiveEvent>;
}

export interface Hub {
  /** Reads what is new, once for all subscribers. Called at any moment, as often as you like. */
  wake(): void;
  subscribe(channel: Channel, after: string | null): AsyncIterableIterator<LiveEvent>;
  subscriberCount(): number;
  close(): void;
}

/** Fans the committed events out to the subscriptions of this process. */
export async function createHub(pool: pg.Pool, logger: Logger): Promise<Hub> {
  const subscribers = new Set<Subscriber>();
  let position = await readLiveCursor(pool);
  let reading: Promise<void> | undefined;
  let wokenAgain = false;

  async function readOn(): Promise<void> {
    for (let more = true; more;) {
      wokenAgain = false;
      const batch = await readLiveEvents(pool, position);
      // No await between these two: a subscriber sees each event either here or in its replay.
      for (const event of batch.events) deliver(subscribers, event);
      position = batch.upTo;
      more = batch.full || wokenAgain;
    }
  }

  function wake(): void {
    wokenAgain = true;
    reading ??= readOn()
      .catch((error: unknown) => {
        wokenAgain = false; // the listener's heartbeat wakes again
        logger.warn({ error: describeError(error) }, 'live events could not be read');
      })
      .finally(() => {
        reading = undefined;
        if (wokenAgain) wake();
      });
  }

  return {
    wake,
    subscribe(channel, after) {
      const cursor = after === null ? undefined : parseCursor(after);
      const queue = new EventQueue<LiveEvent>(queueLimit, () => subscribers.delete(subscriber));
      const subscriber: Subscriber = { ...channel, after: cursor, queue };
      subscribers.add(subscriber);
      return cursor ? replayThen(queue, replay(pool, subscriber, cursor, position)) : queue;
    },
    subscriberCount: () => subscribers.size,
    close() {
      for (const { queue } of [...subscribers]) void queue.return();
    },
  };
}

/** Tenant and store are compared for every event, not only on subscribing. */
function concerns(subscriber: Subscriber, event: LiveEvent): boolean {
  if (subscriber.merchantId !== event.merchantId || subscriber.storeId !== event.storeId)
    return false;
  return subscriber.after === undefined || isAfter(event, subscriber.after);
}

function deliver(subscribers: Set<Subscriber>, event: LiveEvent): void {
  for (const subscriber of subscribers) {
    if (concerns(subscriber, event)) subscriber.queue.push(event);
  }
}

/** The events past a cursor, up to where the live queue begins. */
async function* replay(
  pool: pg.Pool,
  subscriber: Subscriber,
  cursor: Cursor,
  end: bigint,
): AsyncGenerator<LiveEvent> {
  let position = cursor.xactId - 1n;
  for (let read = 0; position < end;) {
    const batch = await readLiveEvents(pool, position);
    for (const event of batch.events) {
      if (event.xactId <= end && concerns(subscriber, event)) yield event;
    }
    read += batch.events.length;
    if (!batch.full) return;
    if (read > replayLimit)
      throw refusal('CURSOR_TOO_OLD', 'Too much has happened since. Load it anew.');
    position = batch.upTo;
  }
}

/** Ends the queue whenever the subscription ends, even in the middle of its replay. */
function replayThen(
  queue: EventQueue<LiveEvent>,
  missed: AsyncGenerator<LiveEvent>,
): AsyncIterableIterator<LiveEvent> {
  let replaying = true;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (replaying) {
        const result = await missed.next().catch((error: unknown) => {
          void queue.return();
          throw error;
        });
        if (!result.done) return result;
        replaying = false;
      }
      return queue.next();
    },
    async return() {
      await Promise.all([queue.return(), missed.return(undefined)]);
      return { value: undefined, done: true };
    },
  };
}
