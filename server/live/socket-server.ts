import { GRAPHQL_TRANSPORT_WS_PROTOCOL, makeServer, type Context } from 'graphql-ws';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { makeGraphQLWSConfig, type GrafservBase } from 'postgraphile/grafserv';
import { getOperationAST, GraphQLError, OperationTypeNode } from 'postgraphile/graphql';
import { WebSocketServer, type WebSocket } from 'ws';

import { describeError } from '../../describe-error.ts';
import { bearerToken, type Member } from '../auth/access-token.ts';
import { refusal } from '../errors/refusal.ts';
import { rememberCustomer, rememberMember } from '../graphql/request-member.ts';
import { liveLimits } from './admission.ts';
import { SlowConsumerError, StreamEndedError } from './event-queue.ts';
import { closeCodes, cutOff, keepAlive, Outlet } from './socket.ts';
import type { Standing } from './standing.ts';
import type { PreparedArgs, Running, Subscriptions } from './subscriptions.ts';

const maxPayload = 64 * 1024;

export interface SocketServerOptions {
  server: Server;
  grafserv: GrafservBase;
  subscriptions: Subscriptions;
  standing: Standing;
  /** Checks an access token. */
  readMember: (token: string) => Promise<Member | undefined>;
  logger: Logger;
}

interface Extra {
  socket: WebSocket;
  outlet: Outlet;
  request: IncomingMessage;
  member?: Member;
}

export interface SocketServer {
  socketCount(): number;
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
    const refused =
      sockets.clients.size >= liveLimits.sockets
        ? '503 Service Unavailable'
        : refuseUpgrade(request);
    if (refused) return void stream.end(`HTTP/1.1 ${refused}\r\nconnection: close\r\n\r\n`);
    sockets.handleUpgrade(request, stream, head, (socket) =>
      open({ socket, request, outlet: new Outlet(socket, stream) }, protocol, options.logger),
    );
  };
  options.server.on('upgrade', onUpgrade);
  return {
    socketCount: () => sockets.clients.size,
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

function open(extra: Extra, protocol: Protocol, logger: Logger): void {
  const { socket, outlet } = extra;
  const stopWatching = keepAlive(socket);
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send: (data) => outlet.send(data),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (receive) =>
        socket.on('message', (data: Buffer) => {
          receive(data.toString()).catch((error: unknown) => {
            logger.warn({ error: describeError(error) }, 'a socket failed');
            cutOff(socket, 'Subscribe again');
          });
        }),
    },
    extra,
  );
  socket.on('error', (error) => logger.debug({ error: error.message }, 'socket error'));
  socket.once('close', (code, reason) => {
    stopWatching();
    void closed(code, reason.toString());
  });
}

type Protocol = ReturnType<typeof makeProtocol>;

type SocketContext = Context<Record<string, unknown>, Extra>;

function makeProtocol(options: SocketServerOptions) {
  const config = makeGraphQLWSConfig(options.grafserv);
  /** Which subscription of which socket prepared arguments belong to. */
  const openings = new WeakMap<object, { extra: Extra; id: string }>();
  return makeServer<Record<string, unknown>, Extra>({
    ...config,
    onConnect: (context) => connect(options, context),
    async onSubscribe(context, id, payload) {
      const prepared = await prepare(context, () => config.onSubscribe?.(context, id, payload));
      if (prepared && 'document' in prepared) openings.set(prepared, { extra: context.extra, id });
      return prepared;
    },
    async subscribe(args) {
      const opening = openings.get(args);
      if (!opening) throw new Error('A subscription that nobody prepared');
      // What grafserv's onSubscribe prepared, which its own subscribe takes for the same.
      return subscribe(options.subscriptions, args as PreparedArgs, opening).catch(
        (error: unknown) => ({ errors: [asGraphQLError(error)] }),
      );
    },
  });
}

/** A token makes the socket a member's; without one it is a customer's. */
async function connect(
  { readMember, standing }: SocketServerOptions,
  { connectionParams, extra }: SocketContext,
): Promise<boolean> {
  const { socket, request } = extra;
  if (connectionParams?.authorization === undefined) {
    rememberCustomer(request);
    return true;
  }
  const token = bearerToken(connectionParams.authorization);
  const member = token && (await readMember(token));
  if (!member || !(await standing.holds(member))) {
    socket.close(closeCodes.unauthorized, 'Unauthorized');
    return false;
  }
  extra.member = member;
  rememberMember(request, member);
  closeAtExpiry(socket, member);
  const stopWatching = standing.watch(member, (lost) => {
    if (lost === 'removed') socket.close(closeCodes.forbidden, 'Signed out, or no longer a member');
    else socket.close(closeCodes.unauthorized, 'The role has changed');
  });
  socket.once('close', stopWatching);
  return true;
}

type Prepared = Awaited<
  ReturnType<NonNullable<ReturnType<typeof makeGraphQLWSConfig>['onSubscribe']>>
>;

async function prepare(
  { subscriptions }: SocketContext,
  byGrafserv: () => Prepared | Promise<Prepared> | undefined,
): Promise<Prepared> {
  if (Object.keys(subscriptions).length > liveLimits.subscriptionsPerSocket) return [tooMany()];
  const prepared = await byGrafserv();
  if (!prepared || !('document' in prepared)) return prepared;
  const operation = getOperationAST(prepared.document, prepared.operationName);
  return operation?.operation === OperationTypeNode.SUBSCRIPTION ? prepared : [wrongTransport()];
}

async function subscribe(
  subscriptions: Subscriptions,
  args: PreparedArgs,
  { extra: { socket, outlet, request, member }, id }: { extra: Extra; id: string },
): Promise<Running> {
  const frame = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  const listener = { member, address: request.socket.remoteAddress ?? '' };
  const events = await subscriptions.open(args, listener, (answer) =>
    outlet.send(`${frame}${answer}}`),
  );
  const running: Running = {
    [Symbol.asyncIterator]: () => running,
    async next() {
      try {
        return await events.next();
      } catch (error) {
        if (!(error instanceof SlowConsumerError || error instanceof StreamEndedError)) throw error;
        cutOff(socket, error.message);
        return { value: undefined, done: true };
      }
    },
    return: () => events.return(),
  };
  return running;
}

function asGraphQLError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const originalError = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(originalError.message, { originalError });
}

function tooMany(): GraphQLError {
  return refusal(
    'TOO_MANY_SUBSCRIPTIONS',
    `A socket has at most ${liveLimits.subscriptionsPerSocket} subscriptions.`,
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
