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

/** Resolves when it was handed over, so that a slow socket slows its subscriptions down. */
export function send(socket: WebSocket, data: string): Promise<void> {
  if (socket.readyState !== socket.OPEN) return Promise.resolve();
  return new Promise((resolve, reject) => {
    socket.send(data, (error) => (error ? reject(error) : resolve()));
  });
}

/** Closes so that the client comes back with its cursor; one that does not even read that is cut. */
export function cutOff(socket: WebSocket, reason: string): void {
  socket.close(closeCodes.tryAgainLater, reason);
  const patience = setTimeout(() => socket.terminate(), 2000);
  socket.once('close', () => clearTimeout(patience));
}
