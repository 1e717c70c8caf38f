import { until } from '../../sql-tests/support/until.ts';
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

export interface SseEvent {
  id?: string;
  event: string;
  data: Record<string, unknown>;
}

/** Reads Server-Sent Events as a browser does. */
export function listen(
  url: string,
  headers: Record<string, string> = {},
): LiveClient<SseEvent> & { lastEventId: () => string | undefined } {
  let lastEventId: string | undefined;
  const client = collect<SseEvent>((push, end) => {
    const stop = new AbortController();
    const take = (block: string) => {
      const event = parseBlock(block);
      lastEventId = event.id ?? lastEventId;
      if (event.event !== '') push(event);
    };
    readBlocks(url, { headers, signal: stop.signal }, take).then(end, (error: unknown) =>
      end(String(error)),
    );
    return () => stop.abort();
  });
  return { ...client, lastEventId: () => lastEventId };
}

async function readBlocks(
  url: string,
  init: RequestInit,
  take: (block: string) => void,
): Promise<string> {
  const response = await fetch(url, init);
  if (!response.ok || !response.body) return `${response.status} ${await response.text()}`;
  let text = '';
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    const blocks = (text + part).split('\n\n');
    text = blocks.pop() ?? '';
    blocks.forEach(take);
  }
  return 'end';
}

function parseBlock(block: string): SseEvent {
  const event: SseEvent = { event: '', data: {} };
  for (const line of block.split('\n')) {
    if (line.startsWith('id: ')) event.id = line.slice(4);
    if (line.startsWith('event: ')) event.event = line.slice(7);
    if (line.startsWith('data: '))
      event.data = JSON.parse(line.slice(6)) as Record<string, unknown>;
  }
  return event;
}

/** Waits until the server has so many subscriptions and streams open. */
export function untilOpen({ server }: Pick<TestApi, 'server'>, expected: number): Promise<true> {
  return until(`${expected} subscriptions`, async () => {
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    return metrics.includes(`waybill_live_subscriptions ${expected}\n`) || undefined;
  });
}
