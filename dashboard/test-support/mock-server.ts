import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { buildSchema, graphql } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { mockRoots } from './mock-roots.ts';
import type { MockWorld } from './mock-world.ts';

export interface MockServer {
  url: string;
  /** Cuts every live connection, as a restart of the server would. */
  dropSockets: () => void;
  /** While set, the live path refuses to open. */
  refuseSockets: (refuse: boolean) => void;
  /** Makes the tokens that are out there worthless, as their end would. */
  expireTokens: () => void;
  signIns: () => number;
  close: () => Promise<void>;
}

export const mockMember = { email: 'staff@kochicotton.in', password: 'kasavu-1947' };

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

/** Serves the built page and, from a world in memory, the API that it needs, in the real schema. */
export async function startMockServer(
  dist: string,
  schemaFile: string,
  world: MockWorld,
): Promise<MockServer> {
  const schema = buildSchema(await readFile(schemaFile, 'utf8'));
  const roots = mockRoots(world);
  const tokens = new Tokens();
  const server = createServer((request, response) => {
    answer(request, response, { dist, schema, roots, tokens }).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  const sockets = new WebSocketServer({ noServer: true });
  let refusing = false;
  server.on('upgrade', (request, socket, head) => {
    if (refusing) socket.destroy();
    else
      sockets.handleUpgrade(request, socket, head, (opened) =>
        sockets.emit('connection', opened, request),
      );
  });
  const live = useServer(
    {
      schema,
      roots: { subscription: roots },
      onConnect: ({ connectionParams }) =>
        tokens.knows(String(connectionParams?.['authorization'])),
    },
    sockets,
  );
  const port = await listen(server);
  const dropSockets = () => sockets.clients.forEach((socket) => socket.terminate());
  return {
    url: `http://127.0.0.1:${port}/`,
    dropSockets,
    refuseSockets: (refuse) => {
      refusing = refuse;
    },
    expireTokens: () => tokens.expire(),
    signIns: () => tokens.issued,
    close: async () => {
      dropSockets();
      await live.dispose();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

class Tokens {
  issued = 0;
  #generation = 0;

  issue() {
    this.issued += 1;
    return {
      accessToken: `access-${this.#generation}`,
      refreshToken: `refresh-${this.issued}`,
      expiresIn: 900,
      sessionId: 'session-1',
      member: { id: 3, name: 'Sajan Varghese', role: 'staff' },
      merchant: { id: 1, name: 'Kochi Cotton' },
    };
  }

  expire(): void {
    this.#generation += 1;
  }

  knows(authorization: string): boolean {
    return authorization === `Bearer access-${this.#generation}`;
  }

  /** Only the newest one is good, and only once. */
  swap(refreshToken: unknown) {
    return refreshToken === `refresh-${this.issued}` ? this.issue() : null;
  }
}

interface Parts {
  dist: string;
  schema: GraphQLSchema;
  roots: object;
  tokens: Tokens;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  parts: Parts,
): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://mock').pathname;
  if (request.method === 'GET') return sendFile(response, parts.dist, path);
  const body = JSON.parse(await textOf(request)) as Record<string, unknown>; // our own page sent it
  if (path === '/graphql') return sendGraphql(request, response, body, parts);
  if (path === '/auth/logout') return void response.writeHead(204).end();
  const right = body['email'] === mockMember.email && body['password'] === mockMember.password;
  const session =
    path === '/auth/refresh'
      ? parts.tokens.swap(body['refreshToken'])
      : right && parts.tokens.issue();
  if (session) return sendJson(response, 200, session);
  const error = { code: 'UNAUTHENTICATED', message: 'E-mail or password is wrong.' };
  sendJson(response, 401, { error });
}

async function sendGraphql(
  request: IncomingMessage,
  response: ServerResponse,
  body: Record<string, unknown>,
  { schema, roots, tokens }: Parts,
): Promise<void> {
  if (!tokens.knows(request.headers.authorization ?? '')) {
    const extensions = { code: 'UNAUTHENTICATED' };
    return sendJson(response, 401, { errors: [{ message: 'Sign in first.', extensions }] });
  }
  const variableValues = body['variables'] as Record<string, unknown>; // checked by graphql()
  const source = String(body['query']);
  sendJson(response, 200, await graphql({ schema, source, rootValue: roots, variableValues }));
}

async function sendFile(response: ServerResponse, dist: string, path: string): Promise<void> {
  const file = path === '/' ? 'index.html' : path.slice(1);
  const content = await readFile(join(dist, file)).catch(() => null);
  if (content === null) return void response.writeHead(404).end();
  response.writeHead(200, {
    'content-type': contentTypes[extname(file)] ?? 'application/octet-stream',
  });
  response.end(content);
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer); // no encoding is set
  return Buffer.concat(chunks).toString('utf8');
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}
