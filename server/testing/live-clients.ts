import { until } from '../../sql-tests/support/until.ts';
import { readEvents, type SseEvent } from './event-stream.ts';
import { subscribeOverSocket, type SocketSubscription } from './socket-subscription.ts';
import type { TestApi } from './test-api.ts';

/** Somebody who listens: what came so far, and why it ended. */
export interface LiveClient<T> {
  updates: T[];
  /** Waits until so many came. */
  first(count: number): Promise<T[]>;
  ended(): Promise<string>;
  close(): void;
}

function collect<T>(open: (push: (update: T) => void, end: (why: string) => void) => () => void) {
  const updates: T[] = [];
  let why: string | undefined;
  const close = open(
    (update) => updates.push(update),
    (reason) => (why ??= reason),
  );
  const client: LiveClient<T> = {
    updates,
    first: (count) =>
      until(`${count} updates`, async () => {
        if (updates.length >= count) return updates.slice(0, count);
        if (why !== undefined) throw new Error(`It ended first: ${why}`);
        return undefined;
      }),
    ended: () => until('its end', async () => why),
    close,
  };
  return client;
}

export interface Asked {
  token?: string;
  /** The one field of the subscription, with its arguments and selections. */
  field: string;
}

export function subscribe<T>(api: Pick<TestApi, 'server'>, { token, field }: Asked): LiveClient<T> {
  return collect<T>((push, end) => {
    const subscription: SocketSubscription = subscribeOverSocket({
      url: api.server.url,
      token,
      query: `subscription { told: ${field} }`,
      variables: {},
      onNext: (data) => push(data.told as T), // each test knows what it asked for
      onEnd: end,
    });
    return () => subscription.close();
  });
}

/** Reads Server-Sent Events as a browser does. */
export function listen(
  url: string,
  headers: Record<string, string> = {},
): LiveClient<SseEvent> & { lastEventId: () => string | undefined } {
  let lastEventId: string | undefined;
  const client = collect<SseEvent>((push, end) => {
    const stop = new AbortController();
    const take = (event: SseEvent) => {
      lastEventId = event.id ?? lastEventId;
      if (event.event !== '') push(event);
    };
    readEvents(url, { headers, signal: stop.signal }, take).then(end, (error: unknown) =>
      end(String(error)),
    );
    return () => stop.abort();
  });
  return { ...client, lastEventId: () => lastEventId };
}

/** Waits until the server has so many subscriptions and streams open. */
export function untilOpen({ server }: Pick<TestApi, 'server'>, expected: number): Promise<true> {
  return until(`${expected} subscriptions`, async () => {
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    return metrics.includes(`waybill_live_subscriptions ${expected}\n`) || undefined;
  });
}
