import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { World } from '../world.ts';
import { SmtpSession } from './session.ts';

export interface SmtpReceiver {
  port: number;
  close: () => Promise<void>;
}

/** A mail server that delivers to nobody: what it takes is in the books. */
export async function startSmtpReceiver(world: World, port: number): Promise<SmtpReceiver> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    new SmtpSession(world, socket);
  });
  server.listen(port, world.settings.host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port, // a TCP server's address is one
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
