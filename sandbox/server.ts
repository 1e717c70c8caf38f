import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { gatewayError, notAllowed, tooManyRequests } from './bluedart/answers.ts';
import { blueDartRoutes } from './bluedart/routes.ts';
import { controlRoutes } from './control.ts';
import { partiallySavedAnswer } from './delhivery/create.ts';
import { delhiveryRoutes, unknownDelhiveryPath } from './delhivery/routes.ts';
import { serverError, throttled } from './delhivery/throttle.ts';
import { json } from './exchange.ts';
import type { Answer, Call, Route } from './exchange.ts';
import { noFaults } from './faults.ts';
import type { FaultRule } from './faults.ts';
import { shiprocketServerError, shiprocketTooMany } from './shiprocket/answers.ts';
import { shiprocketRoutes, unknownShiprocketPath } from './shiprocket/routes.ts';
import { graphError, unknownPathError } from './whatsapp/errors.ts';
import { whatsappRoutes } from './whatsapp/routes.ts';
import type { World } from './world.ts';

const routes = [
  ...delhiveryRoutes,
  ...blueDartRoutes,
  ...shiprocketRoutes,
  ...whatsappRoutes,
  ...controlRoutes,
];
const largestBody = 16 * 1024 * 1024;
const defaultHoldMs = 120_000;

/** What becomes of a call: an answer, silence until the client gives up, or a cut connection. */
type Reply = Answer | 'hold' | 'drop';

export function createSandboxServer(world: World): Server {
  return createServer((request, response) => {
    // Nothing is answered and nothing logged when the client is gone: that is its own doing.
    serve(world, request, response).catch((error: unknown) => {
      if (request.destroyed && !request.complete) return;
      console.error('sandbox: a handler failed', error);
      if (!response.headersSent) write(response, serverError());
    });
  });
}

async function serve(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const call = await readCall(request);
  const route = routes.find(({ method, path }) => method === call.method && path.test(call.path));
  if (route?.operation === undefined) {
    write(response, route === undefined ? unknownPath(call) : run(world, route, call));
    return;
  }
  const { operation } = route;
  if (route.account !== undefined) call.token = route.account(world, call);
  call.draw = world.faults.draw(operation, call.token);
  // The effect comes after the wait even if the client left: real services accept late as well.
  await world.agenda.sleep(world.settings.latencyMs + call.draw.latencyMs);
  const { decisive } = call.draw;
  const reply =
    decisive === null ? run(world, route, call) : replyWithFault(world, route, call, decisive);
  const outcome = decisive === null && typeof reply === 'object' ? reply.outcome : decisive?.kind;
  world.books.count(operation, outcome ?? 'ok');
  if (reply === 'drop') request.socket.resetAndDestroy();
  else if (reply === 'hold') hold(world, request, decisive?.holdMs ?? defaultHoldMs);
  else write(response, reply);
}

function run(world: World, route: Route, call: Call): Answer {
  const match = route.path.exec(call.path);
  if (match === null) throw new Error(`${call.path} no longer matches its own route`);
  return route.handle(world, call, match);
}

function replyWithFault(world: World, route: Route, call: Call, fault: FaultRule): Reply {
  switch (fault.kind) {
    case 'too_many_requests':
      return tooMany(call, fault);
    case 'server_error':
      return failedBefore(call, fault);
    case 'time_out_before':
      return 'hold';
    case 'drop_before':
      return 'drop';
    default:
      return replyAfterEffect(run(world, route, call), world, call, fault);
  }
}

function replyAfterEffect(answer: Answer, world: World, call: Call, fault: FaultRule): Reply {
  switch (fault.kind) {
    case 'server_error_after':
      // Without one of Meta's codes: such a code would say that nothing was sent.
      if (isBlueDart(call)) return gatewayError(fault.status ?? 500, 'Internal Server Error');
      return isShiprocket(call) ? shiprocketServerError(fault.status) : serverError(fault.status);
    case 'time_out_after':
      return 'hold';
    case 'drop_after':
      return 'drop';
    case 'malformed_after':
      return { ...answer, body: answer.body.slice(0, Math.floor(answer.body.length / 2)) };
    case 'partially_saved_after':
      // Only the create has such an answer; elsewhere the fault has nothing to say.
      return call.path.endsWith('/create.json') ? partiallySavedAnswer(world, call) : answer;
    default:
      return answer;
  }
}

function tooMany(call: Call, fault: FaultRule): Answer {
  if (isBlueDart(call)) return tooManyRequests(fault.retryAfterSeconds);
  if (isShiprocket(call)) return shiprocketTooMany(fault.retryAfterSeconds);
  if (!isWhatsapp(call)) return throttled(0, 0, fault.retryAfterSeconds ?? 1);
  const answer = graphError(130429, 'Rate limit hit');
  // The Cloud API documents no such header; it is there only when a test asks for it.
  if (fault.retryAfterSeconds !== undefined) {
    answer.headers['retry-after'] = String(fault.retryAfterSeconds);
  }
  return answer;
}

function failedBefore(call: Call, fault: FaultRule): Answer {
  const status = fault.status ?? (isWhatsapp(call) ? 503 : 500);
  if (isBlueDart(call)) return gatewayError(status, 'Service Unavailable');
  if (isShiprocket(call)) return shiprocketServerError(status);
  if (!isWhatsapp(call)) return serverError(status);
  return { ...graphError(131016, 'Service temporarily unavailable'), status };
}

function isBlueDart(call: Call): boolean {
  return call.path.startsWith('/bluedart/');
}

function isWhatsapp(call: Call): boolean {
  return call.path.startsWith('/whatsapp/');
}

function isShiprocket(call: Call): boolean {
  return call.path.startsWith('/shiprocket/');
}

function unknownPath(call: Call): Answer {
  if (call.path.startsWith('/delhivery/')) return unknownDelhiveryPath();
  // Blue Dart's gateway finds every path it does not know forbidden.
  if (isBlueDart(call)) return notAllowed(415);
  if (isShiprocket(call)) return unknownShiprocketPath(call);
  if (isWhatsapp(call)) return unknownPathError(call.path.slice('/whatsapp'.length));
  return json({ error: 'There is nothing here; see sandbox/README.md' }, 404);
}

function hold(world: World, request: IncomingMessage, holdMs: number): void {
  world.agenda.in(holdMs, () => request.socket.destroy());
}

function write(response: ServerResponse, answer: Answer): void {
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body;
  response.writeHead(answer.status, { ...answer.headers, 'content-length': body.byteLength });
  response.end(body);
}

async function readCall(request: IncomingMessage): Promise<Call> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > largestBody) throw new Error('The request body is too large');
    chunks.push(chunk);
  }
  const origin = `http://${request.headers.host ?? '127.0.0.1'}`;
  const url = new URL(request.url ?? '/', origin);
  return {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body: Buffer.concat(chunks).toString('utf8'),
    origin,
    token: /^\w+\s+(.+)$/.exec(request.headers.authorization ?? '')?.[1]?.trim() ?? '',
    draw: noFaults,
  };
}
