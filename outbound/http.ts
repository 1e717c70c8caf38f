import { Agent, request } from 'undici';
import type { HttpAnswer, HttpRequest } from './outcome.ts';

/** Keep-alive to every service; a carrier that is slow to accept must not hold a worker for long. */
const agent = new Agent({ connect: { timeout: 5_000 }, keepAliveTimeout: 10_000, connections: 64 });

/** An answer larger than this is no answer of a service that we know. */
const mostBytes = 8 * 1024 * 1024;

/** The request failed below HTTP. `sent` says whether the service can have seen it. */
export class TransportError extends Error {
  readonly sent: boolean;
  readonly code: string;

  constructor(code: string, sent: boolean, cause: unknown) {
    super(`The connection failed: ${code}`, { cause });
    this.name = 'TransportError';
    this.code = code;
    this.sent = sent;
  }
}

/** Failures of making the connection: the request was not written. Everything else may have arrived. */
const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** The only place in Waybill that touches the network of the outside world. */
export async function sendRequest(spec: HttpRequest, timeoutMs: number): Promise<HttpAnswer> {
  try {
    const response = await request(spec.url, {
      method: spec.method,
      headers: spec.headers,
      body: spec.body ?? null,
      dispatcher: agent,
      signal: AbortSignal.timeout(timeoutMs),
    });
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body) {
      // The body of undici is a stream of Buffers, typed as any.
      const bytes = chunk as Uint8Array;
      size += bytes.length;
      if (size > mostBytes)
        throw Object.assign(new Error('answer too large'), { code: 'ANSWER_TOO_LARGE' });
      chunks.push(bytes);
    }
    return {
      status: response.statusCode,
      headers: plainHeaders(response.headers),
      bytes: Buffer.concat(chunks),
    };
  } catch (cause) {
    const code = codeOf(cause);
    throw new TransportError(code, !neverSent.has(code), cause);
  }
}

function codeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'UNKNOWN';
  if (cause.name === 'TimeoutError') return 'TIMEOUT';
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
}

function plainHeaders(
  headers: Record<string, string | string[] | undefined>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
