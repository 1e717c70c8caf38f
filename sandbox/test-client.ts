import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { SandboxOptions } from './options.ts';
import { startSandbox } from './sandbox.ts';
import type { Sandbox } from './sandbox.ts';

/** For tests: a sandbox that is fast and never unlucky, and clients that send what real ones do. */
export const delhiveryToken = 'sandbox-delhivery-token';
export const whatsappToken = 'sandbox-whatsapp-token';

export function startCalmSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  return startSandbox({
    labelFailureRate: 0,
    parcelStepMs: 5,
    messageStepMs: 5,
    templateReviewMs: 5,
    ...options,
  });
}

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  json: unknown;
  /** What the body has at this path. */
  at: (...path: Path) => unknown;
  textAt: (...path: Path) => string;
}

/** Keys and positions; `*` goes through every element of an array. */
type Path = (string | number)[];

export function dig(value: unknown, ...path: Path): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (key === '*') return Array.isArray(value) ? value.map((one) => dig(one, ...rest)) : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  return dig(Object.entries(value).find(([name]) => name === String(key))?.[1], ...rest);
}

export async function call(url: string, init: RequestInit = {}): Promise<Reply> {
  const answer = await fetch(url, init);
  const text = await answer.text();
  const json = parsed(text);
  const at = (...path: Path): unknown => dig(json, ...path);
  const textAt = (...path: Path): string => String(at(...path));
  return { status: answer.status, headers: answer.headers, text, json, at, textAt };
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function getDelhivery(sandbox: Sandbox, path: string, headers = {}): Promise<Reply> {
  return call(`${sandbox.url}/delhivery${path}`, {
    headers: { authorization: `Token ${delhiveryToken}`, ...headers },
  });
}

export function postDelhivery(
  sandbox: Sandbox,
  path: string,
  body: string | object,
  headers = {},
  init: RequestInit = {},
): Promise<Reply> {
  return call(`${sandbox.url}/delhivery${path}`, {
    method: 'POST',
    headers: { authorization: `Token ${delhiveryToken}`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
  });
}

export async function reserve(sandbox: Sandbox, count = 1): Promise<string[]> {
  const path = `/waybill/api/bulk/json/?cl=WAYBILL%20SURFACE&count=${count}`;
  const { text } = await getDelhivery(sandbox, path);
  return String(parsed(text)).split(',');
}

export const goodShipment = {
  name: 'Asha R',
  add: '12/4 Beach Rd, near temple & tank; 50% off #3',
  pin: '682001',
  city: 'Kochi',
  state: 'Kerala',
  country: 'India',
  phone: '9847012345',
  order: 'SHOP1-10021',
  payment_mode: 'COD',
  cod_amount: '799.0',
  total_amount: '799.0',
  products_desc: 'Cotton kurta',
  quantity: '1',
  weight: '450',
  shipping_mode: 'Surface',
};

export function manifestBody(shipments: readonly object[], more: object = {}): string {
  const data = { shipments, pickup_location: { name: 'KOCHI-1' }, ...more };
  return new URLSearchParams({ format: 'json', data: JSON.stringify(data) }).toString();
}

export function create(sandbox: Sandbox, change: object = {}, init: RequestInit = {}) {
  const body = manifestBody([{ ...goodShipment, ...change }]);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return postDelhivery(sandbox, '/api/cmu/create.json', body, headers, init);
}

export function track(sandbox: Sandbox, query: string): Promise<Reply> {
  return getDelhivery(sandbox, `/api/v1/packages/json/?${query}`);
}

/** The day in India, which is the one that pickups are dated by. */
export function today(): string {
  return new Date(Date.now() + 330 * 60_000).toISOString().slice(0, 10);
}

export function askForPickup(sandbox: Sandbox, change: object = {}): Promise<Reply> {
  return postDelhivery(sandbox, '/fm/request/new/', {
    pickup_time: '15:00:00',
    pickup_date: today(),
    pickup_location: 'KOCHI-1',
    expected_package_count: 1,
    ...change,
  });
}

export function send(sandbox: Sandbox, change: object = {}, token = whatsappToken) {
  const components = [
    {
      type: 'body',
      parameters: ['Asha', 'SHOP1-10021', '57930810000011'].map((text) => ({ type: 'text', text })),
    },
  ];
  return call(`${sandbox.url}/whatsapp/v24.0/110022003300/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to: '919847012345',
      type: 'template',
      template: { name: 'order_shipped', language: { code: 'en' }, components },
      biz_opaque_callback_data: 'msg_01J',
      ...change,
    }),
  });
}

export interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Receiver {
  url: string;
  received: Received[];
  /** Resolves when the condition holds for what has come in so far. */
  until: (isEnough: (received: readonly Received[]) => boolean) => Promise<void>;
  close: () => Promise<void>;
}

/** Our side of the webhooks. `statusFor` says what the n-th delivery is answered with. */
export async function startReceiver(statusFor = (_at: number) => 200): Promise<Receiver> {
  const received: Received[] = [];
  let wake = (): void => undefined;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(statusFor(received.length)).end();
      wake();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    until: async (isEnough) => {
      while (!isEnough(received))
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
