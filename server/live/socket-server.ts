import { GRAPHQL_TRANSPORT_WS_PROTOCOL, makeServer } from 'graphql-ws';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { makeGraphQLWSConfig, type GrafservBase } from 'postgraphile/grafserv';
import { getOperationAST, OperationTypeNode, type GraphQLError } from 'postgraphile/graphql';
import { WebSocketServer, type WebSocket } from 'ws';

import { describeError } from '../../describe-error.ts';
import { bearerToken, type Member } from '../auth/access-token.ts';
import { refusal } from '../errors/refusal.ts';
import { rememberMember } from '../graphql/request-member.ts';
import { keepAlive } from './keep-alive.ts';

const maxPayload = 64 * 1024;
const maxSubscriptions = 20;

/** How sockets are closed: 4401 as the protocol has it, the others so that clients come back. */
export const closeCodes = { unauthorized: 4401, goingAway: 1001, tryAgainLater: 1013 } as const;

export interface SocketServerOptions {
  server: Server;
  grafserv: GrafservBase;
  /** Checks an access token. */
  readMember: (token: string) => Promise<Member | undefined>;
  logger: Logger;
}

interface Extra {
  socket: WebSocket;
  request: IncomingMessage;
}

export interface SocketServer {
  close(): Promise<void>;
}

/**
 * Subscriptions over WebSocket on /graphql. HTTP's limits and checks do not reach here, so this has
 * its own: who may open one, how large a frame is, how many subscriptions there are, and until
 * when.
 */
export function attachSocketServer(options: SocketServerOptions): SocketServer {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload,
    handleProtocols: chooseProtocol,
  });
  const protocol = makeProtocol(options);
  const onUpgrade = (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    stream.on('error', () => stream.destroy());
    const refused = refuseUpgrade(request);
    if (refused) return void stream.end(`HTTP/1.1 ${refused}\r\nconnection: close\r\n\r\n`);
    sockets.handleUpgrade(request, stream, head, (socket) =>
      open(socket, request, protocol, options.logger),
    );
  };
  options.server.on('upgrade', onUpgrade);
  return {
    async close() {
      options.server.off('upgrade', onUpgrade);
      for (const socket of sockets.clients) socket.close(closeCodes.goingAway, 'Going away');
      const patience = setTimeout(
        () => sockets.clients.forEach((socket) => socket.terminate()),
        1000,
      );
      await new Promise<void>((resolve) => sockets.close(() => resolve()));
      clearTimeout(patience);
    },
  };
}

/**
 * Browsers send an Origin: only pages from this very host may connect. Other programs send none.
 */
function refuseUpgrade(request: IncomingMessage): string | undefined {
  if (request.url?.split('?')[0] !== '/graphql') return '404 Not Found';
  const { origin, host } = request.headers;
  if (origin === undefined) return undefined;
  return URL.canParse(origin) && new URL(origin).host === host ? undefined : '403 Forbidden';
}

function chooseProtocol(offered: Set<string>): string | false {
  return offered.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) && GRAPHQL_TRANSPORT_WS_PROTOCOL;
}

function open(
  socket: WebSocket,
  request: IncomingMessage,
  protocol: Protocol,
  logger: Logger,
): void {
  const stopPinging = keepAlive(socket);
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send: (data) => send(socket, data),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (receive) =>
        socket.on('message', (data: Buffer) => {
          receive(data.toString()).catch((error: unknown) => {
            // A subscription that failed on its way, such as a consumer that was too slow.
            logger.warn({ error: describeError(error) }, 'a subscription failed');
            socket.close(closeCodes.tryAgainLater, 'Subscribe again');
          });
        }),
    },
    { socket, request },
  );
  socket.on('error', (error) => logger.debug({ error: error.message }, 'socket error'));
  socket.once('close', (code, reason) => {
    stopPinging();
    void closed(code, reason.toString());
  });
}

/** Resolves when it was handed over, so that a slow socket slows its subscriptions down. */
function send(socket: WebSocket, data: string): Promise<void> {
  if (socket.readyState !== socket.OPEN) return Promise.resolve();
  return new Promise((resolve, reject) => {
    socket.send(data, (error) => (error ? reject(error) : resolve()));
  });
}

type Protocol = ReturnType<typeof makeProtocol>;

function makeProtocol({ grafserv, readMember }: SocketServerOptions) {
  const config = makeGraphQLWSConfig(grafserv);
  return makeServer<Record<string, unknown>, Extra>({
    ...config,
    async onConnect({ connectionParams, extra }) {
      const token = bearerToken(connectionParams?.authorization);
      const member = token && (await readMember(token));
      if (!member) {
        extra.socket.close(closeCodes.unauthorized, 'Unauthorized');
        return false;
      }
      rememberMember(extra.request, member);
      closeAtExpiry(extra.socket, member);
      return true;
    },
    async onSubscribe(context, id, payload) {
      if (Object.keys(context.subscriptions).length > maxSubscriptions) return [tooMany()];
      const prepared = await config.onSubscribe?.(context, id, payload);
      if (!prepared || !('document' in prepared)) return prepared;
      const operation = getOperationAST(prepared.document, prepared.operationName);
      return operation?.operation === OperationTypeNode.SUBSCRIPTION
        ? prepared
        : [wrongTransport()];
    },
  });
}

function tooMany(): GraphQLError {
  return refusal(
    'TOO_MANY_SUBSCRIPTIONS',
    `A socket has at most ${maxSubscriptions} subscriptions.`,
  );
}

function wrongTransport(): GraphQLError {
  return refusal('INVALID_INPUT', 'Only subscriptions go over the socket; send this over HTTP.');
}

function closeAtExpiry(socket: WebSocket, { expiresAt }: Member): void {
  const timer = setTimeout(
    () => socket.close(closeCodes.unauthorized, 'The token has ended'),
    Math.max(0, expiresAt.getTime() - Date.now()),
  );
  socket.once('close', () => clearTimeout(timer));
}
