import { WebSocket } from 'ws';

export interface SocketSubscription {
  close(): void;
  /** Cut without a word. */
  terminate(): void;
}

export interface SubscribeOptions {
  url: string;
  /** Without one the socket is a customer's. */
  token: string | undefined;
  query: string;
  variables: Record<string, unknown>;
  onNext: (data: Record<string, unknown>) => void;
  /** Closed by the other side, or refused; with the code of an error where there is one. */
  onEnd: (why: string) => void;
}

/**
 * One subscription over a socket of its own, speaking the protocol by hand: hundreds of full clients
 * would measure themselves.
 */
export function subscribeOverSocket(options: SubscribeOptions): SocketSubscription {
  const address = `${options.url.replace(/^http/, 'ws')}/graphql`;
  const socket = new WebSocket(address, 'graphql-transport-ws');
  let ended = false;
  const end = (why: string) => {
    if (ended) return;
    ended = true;
    options.onEnd(why);
  };
  socket.on('open', () =>
    socket.send(
      JSON.stringify({
        type: 'connection_init',
        payload: options.token === undefined ? {} : { authorization: `Bearer ${options.token}` },
      }),
    ),
  );
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as Message;
    if (message.type === 'connection_ack') {
      const { query, variables } = options;
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables } }));
    } else if (message.type === 'next' && !ended) {
      if (message.payload.data) options.onNext(message.payload.data);
      else fail(message.payload.errors);
    } else if (message.type === 'error') fail(message.payload);
    else if (message.type === 'complete') socket.close();
  });
  const fail = (errors: { extensions?: { code?: string } }[] | undefined) => {
    end(errors?.[0]?.extensions?.code ?? 'ERROR');
    socket.terminate();
  };
  socket.on('error', () => undefined);
  socket.on('close', (code) => end(String(code)));
  return {
    close: () => {
      ended = true;
      socket.close();
    },
    terminate: () => {
      ended = true;
      socket.terminate();
    },
  };
}

type Message =
  | { type: 'connection_ack' | 'complete' }
  | { type: 'error'; payload: { extensions?: { code?: string } }[] }
  | {
      type: 'next';
      payload: {
        data?: Record<string, unknown>;
        errors?: { extensions?: { code?: string } }[];
      };
    };
