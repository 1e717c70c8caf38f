import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

/** How sockets are closed: 44xx as the protocol has them, the others so that clients come back. */
export const closeCodes = {
  unauthorized: 4401,
  forbidden: 4403,
  goingAway: 1001,
  tryAgainLater: 1013,
} as const;

const pingMs = 15_000;
const lookMs = 1000;

/** Answers to a client that sends and never reads would otherwise pile up. */
const maxBuffered = 1024 * 1024;

/** So long may what was sent lie in our memory without any of it being taken. */
const stalledMs = 10_000;

/**
 * Pings keep proxies from closing an idle socket; one that does not answer by the next is gone, and
 * one that takes nothing for a while is cut.
 */
export function keepAlive(
  socket: WebSocket,
  { stalled = stalledMs, look = lookMs } = {},
): () => void {
  let answered = true;
  let buffered = 0;
  let since = performance.now();
  socket.on('pong', () => {
    answered = true;
  });
  const pings = setInterval(() => {
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  }, pingMs);
  const looks = setInterval(() => {
    const now = socket.bufferedAmount;
    if (now === 0 || now < buffered) since = performance.now();
    buffered = now;
    if (now > maxBuffered || (now > 0 && performance.now() - since > stalled)) socket.terminate();
  }, look);
  return () => {
    clearInterval(pings);
    clearInterval(looks);
  };
}

/** What may wait in our memory for one socket before its subscriptions do. */
const comfortable = 64 * 1024;

/**
 * What goes out to one socket. Messages of the same moment go in one write, which costs more than
 * all else that is done for them; when more waits than is comfortable, senders wait.
 */
export class Outlet {
  readonly #socket: WebSocket;
  readonly #stream: Duplex;
  #corked = false;

  /** `stream` is the connection that the socket writes to. */
  constructor(socket: WebSocket, stream: Duplex) {
    this.#socket = socket;
    this.#stream = stream;
  }

  send(data: string): Promise<void> {
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN) return sent;
    this.#cork();
    if (socket.bufferedAmount < comfortable) {
      socket.send(data, () => undefined); // a failure closes the socket
      return sent;
    }
    return new Promise((resolve, reject) => {
      socket.send(data, (error) => (error ? reject(error) : resolve()));
    });
  }

  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#stream.cork();
    process.nextTick(() => {
      this.#corked = false;
      this.#stream.uncork();
    });
  }
}

const sent = Promise.resolve();

/** Closes so that the client comes back with its cursor; one that does not even read that is cut. */
export function cutOff(socket: WebSocket, reason: string): void {
  socket.close(closeCodes.tryAgainLater, reason);
  const patience = setTimeout(() => socket.terminate(), 2000);
  socket.once('close', () => clearTimeout(patience));
}
