import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';

/** How long a connection may take, in milliseconds. */
export interface HttpTimes {
  /** For all header lines, and for the whole request: who sends a byte a second is cut off. */
  headers: number;
  request: number;
  /** How often the two are looked at. */
  check: number;
  /**
   * Longer than the 60 s after which proxies give up an idle connection: otherwise they send a
   * request into one that was just closed here, and tell the client 502.
   */
  keepAlive: number;
}

export const httpTimes: HttpTimes = {
  headers: 10_000,
  request: 30_000,
  check: 2_000,
  keepAlive: 75_000,
};

/** Answers that were begun and are not ended, of each server. */
const running = new WeakMap<Server, Set<ServerResponse>>();

export function createHttpServer(listener: RequestListener, times = httpTimes): Server {
  const server = createServer({
    headersTimeout: times.headers,
    requestTimeout: times.request,
    connectionsCheckingInterval: times.check,
    keepAliveTimeout: times.keepAlive,
    maxHeaderSize: 16 * 1024,
  });
  const answers = new Set<ServerResponse>();
  running.set(server, answers);
  server.on('request', (request, response) => {
    answers.add(response);
    response.once('close', () => answers.delete(response));
    listener(request, response);
  });
  return server;
}

/**
 * Takes no new connection, lets running requests end and tells their clients to come back over
 * another connection. What has not ended when the patience has is cut off.
 */
export function closeHttpServer(server: Server, patience: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), patience);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    for (const response of running.get(server) ?? []) response.shouldKeepAlive = false;
    server.prependListener('request', (_request, response) => {
      response.shouldKeepAlive = false;
    });
    server.closeIdleConnections();
  });
}
