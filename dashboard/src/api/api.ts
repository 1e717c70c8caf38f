import { createContext, use } from 'react';
import { RefusedError, UnreachableError } from './api-error.ts';
import { followLive } from './live-stream.ts';
import type { LiveStream } from './live-stream.ts';
import type { Operation } from './operation.ts';

export interface Api {
  request<Data, Variables>(
    operation: Operation<Data, Variables>,
    variables: Variables,
  ): Promise<Data>;
  /** Keeps a subscription running until the returned function is called. */
  follow<Data, Variables>(stream: LiveStream<Data, Variables>): () => void;
}

export interface ApiOptions {
  url: string;
  liveUrl: string;
  accessToken: () => Promise<string>;
  /** Called when the server no longer takes the token; the call is then made once more. */
  rejectToken: (token: string) => void;
}

interface GraphqlAnswer {
  data?: unknown;
  errors?: { message: string; extensions?: Record<string, unknown> }[];
}

/** Waits before another try when no answer came: a mutation carries its idempotency key. */
const retryDelays = [300, 1200];

export function createApi(options: ApiOptions): Api {
  return {
    async request<Data, Variables>(operation: Operation<Data, Variables>, variables: Variables) {
      const body = JSON.stringify({ query: operation.text, variables });
      const answer = await withRetries(() => authorized(options, body));
      // The one place where the server's word is taken for the shape; operations.test.ts checks
      // every operation against the schema.
      return dataOf(answer) as Data;
    },
    follow: (stream) =>
      followLive({ url: options.liveUrl, accessToken: options.accessToken }, stream),
  };
}

async function withRetries(send: () => Promise<GraphqlAnswer>): Promise<GraphqlAnswer> {
  for (const delay of retryDelays) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
  }
  return send();
}

async function authorized(options: ApiOptions, body: string): Promise<GraphqlAnswer> {
  const token = await options.accessToken();
  const response = await post(options.url, body, token);
  const answer = response.status === 401 ? null : await readAnswer(response);
  if (answer && codeOf(answer) !== 'UNAUTHENTICATED') return answer;
  options.rejectToken(token);
  return readAnswer(await post(options.url, body, await options.accessToken()));
}

function codeOf(answer: GraphqlAnswer): string | null {
  const code = answer.errors?.[0]?.extensions?.['code'];
  return typeof code === 'string' ? code : null;
}

async function post(url: string, body: string, token: string): Promise<Response> {
  try {
    return await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json',
        authorization: `Bearer ${token}`,
      },
      body,
      signal: AbortSignal.timeout(15_000),
    });
  } catch (cause) {
    throw new UnreachableError('The server cannot be reached.', { cause });
  }
}

/** GraphQL answers 400 with a body of errors; anything without such a body is no answer. */
async function readAnswer(response: Response): Promise<GraphqlAnswer> {
  const parsed: unknown = await response.json().catch(() => null);
  if (isAnswer(parsed)) return parsed;
  if (response.status >= 500) throw new UnreachableError(`The server answered ${response.status}.`);
  throw new RefusedError(`The server answered ${response.status}.`, `HTTP_${response.status}`);
}

function isAnswer(parsed: unknown): parsed is GraphqlAnswer {
  return typeof parsed === 'object' && parsed !== null && ('data' in parsed || 'errors' in parsed);
}

function dataOf(answer: GraphqlAnswer): unknown {
  const first = answer.errors?.[0];
  if (!first) return answer.data;
  throw new RefusedError(first.message, codeOf(answer) ?? 'UNEXPECTED', first.extensions);
}

const ApiContext = createContext<Api | null>(null);
export const ApiProvider = ApiContext.Provider;

export function useApi(): Api {
  const api = use(ApiContext);
  if (!api) throw new Error('useApi needs an ApiProvider above it.');
  return api;
}
