import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

import type { GraphQLAnswer, TestApi } from './test-api.ts';

type Errors = NonNullable<GraphQLAnswer['errors']>;

export function socketUrl(api: TestApi): string {
  return `${api.server.url.replace('http', 'ws')}/graphql`;
}

/** What a socket says first to an operation: its errors, or none when there was data. */
export async function errorsOverSocket(
  api: TestApi,
  token: string,
  payload: { query: string; variables?: Record<string, unknown> },
): Promise<Errors> {
  const client = createClient({
    url: socketUrl(api),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
    onNonLazyError: () => undefined,
  });
  try {
    const answers = client.iterate(payload);
    const first = await answers.next();
    await answers.return?.();
    return first.done ? [] : ((first.value.errors ?? []) as unknown as Errors);
  } catch (error) {
    if (Array.isArray(error)) return error as Errors; // the protocol's error message
    throw error;
  } finally {
    await client.dispose();
  }
}
