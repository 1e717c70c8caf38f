import { createClient } from 'graphql-ws/client';
import type { Client } from 'graphql-ws/client';
import type { Operation } from './operation.ts';

export type ConnectionState = 'connecting' | 'live' | 'reconnecting';

export interface LiveEndpoint {
  url: string;
  accessToken: () => Promise<string>;
}

export interface LiveStream<Data, Variables> {
  operation: Operation<Data, Variables>;
  /** Asked on each connection, so that a resumed stream continues after what was seen. */
  variables: () => Variables;
  onData: (data: Data) => void;
  /** The server refused the subscription itself, such as for a cursor that it no longer knows. */
  onRefused: (message: string) => void;
  onState: (state: ConnectionState) => void;
}

const silence = 15_000;
const longestWait = 15_000;

/**
 * Keeps one subscription running until the returned function is called. The loop is our own rather
 * than graphql-ws' retries, because those send the first variables again and so would lose the
 * cursor, and give up when the server closes the connection because the token has ended (4401).
 */
export function followLive<Data, Variables>(
  endpoint: LiveEndpoint,
  stream: LiveStream<Data, Variables>,
): () => void {
  const stop = new AbortController();
  void keepFollowing(endpoint, stream, stop.signal);
  return () => stop.abort();
}

async function keepFollowing<Data, Variables>(
  endpoint: LiveEndpoint,
  stream: LiveStream<Data, Variables>,
  stop: AbortSignal,
): Promise<void> {
  let failures = 0;
  stream.onState('connecting');
  while (!stop.aborted) {
    const wasLive = await followOnce(endpoint, stream, stop);
    if (stop.aborted) return;
    stream.onState('reconnecting');
    failures = wasLive ? 0 : failures + 1;
    // Jitter spreads the browsers of a whole shop after a restart of the server.
    const wait = Math.min(longestWait, 500 * 2 ** failures) * (0.5 + Math.random() / 2);
    await pause(wait, stop);
  }
}

/** Resolves when the connection has ended, with whether it had been of use. */
async function followOnce<Data, Variables>(
  endpoint: LiveEndpoint,
  stream: LiveStream<Data, Variables>,
  stop: AbortSignal,
): Promise<boolean> {
  let live = false;
  const client = connect(endpoint, () => {
    live = true;
    if (!stop.aborted) stream.onState('live');
  });
  const close = () => void client.dispose();
  stop.addEventListener('abort', close);
  // The variables are made here, late: the cursor may have moved since the loop began.
  const variables = stream.variables() as Record<string, unknown>;
  const answers = client.iterate<Data>({ query: stream.operation.text, variables });
  try {
    for await (const answer of answers) {
      if (stop.aborted) break;
      // An event of which only a part could be read still says that something happened, and where.
      if (answer.data) stream.onData(answer.data);
      else if (answer.errors?.[0]) {
        live = false;
        stream.onRefused(answer.errors[0].message);
        break;
      }
    }
  } catch (error) {
    if (Array.isArray(error)) {
      live = false;
      stream.onRefused(firstMessage(error));
    }
  } finally {
    stop.removeEventListener('abort', close);
    close();
  }
  return live;
}

/** A dead peer is noticed by its silence: a ping without pong ends the connection. */
function connect(endpoint: LiveEndpoint, onLive: () => void): Client {
  let socket: WebSocket | undefined;
  let deadline: ReturnType<typeof setTimeout> | undefined;
  return createClient({
    url: endpoint.url,
    retryAttempts: 0,
    keepAlive: silence,
    connectionParams: async () => ({ authorization: `Bearer ${await endpoint.accessToken()}` }),
    on: {
      opened: (opened) => {
        socket = opened instanceof WebSocket ? opened : undefined;
      },
      connected: onLive,
      ping: (received) => {
        if (!received) deadline = setTimeout(() => socket?.close(4408, 'No pong'), silence / 2);
      },
      pong: (received) => {
        if (received) clearTimeout(deadline);
      },
      closed: () => clearTimeout(deadline),
    },
  });
}

function firstMessage(errors: unknown[]): string {
  const first = errors[0];
  return typeof first === 'object' && first !== null && 'message' in first
    ? String(first.message)
    : 'The live updates were refused.';
}

/** Cut short when the network comes back or the stream is stopped. */
function pause(milliseconds: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener('online', done);
      stop.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    addEventListener('online', done);
    stop.addEventListener('abort', done);
  });
}
