import type { WebSocket } from 'ws';

const interval = 15_000;

/** Pings keep proxies from closing an idle socket; one that does not answer by the next is gone. */
export function keepAlive(socket: WebSocket): () => void {
  let answered = true;
  socket.on('pong', () => {
    answered = true;
  });
  const timer = setInterval(() => {
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  }, interval);
  return () => clearInterval(timer);
}
