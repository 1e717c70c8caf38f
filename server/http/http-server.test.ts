import { afterEach, expect, test } from '@jest/globals';
import type { RequestListener, Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';

import { closeHttpServer, createHttpServer, httpTimes } from './http-server.ts';

let server: Server;
afterEach(() => closeHttpServer(server, 0));

async function start(listener: RequestListener, times = httpTimes): Promise<number> {
  server = createHttpServer(listener, times);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** All that comes over a connection until the server closes it. */
async function everythingFrom(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (data: Buffer) => (text += data.toString()));
  await once(socket, 'close');
  return text;
}

test('who sends its header lines or its body one byte at a time is cut off', async () => {
  const times = { ...httpTimes, headers: 100, request: 200, check: 20 };
  const port = await start((request) => void request.resume(), times);
  const begun = [
    'GET / HTTP/1.1\r\nhost: a\r\nx-slow:',
    'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{',
  ];
  for (const text of begun) {
    const socket = connect(port, '127.0.0.1');
    socket.write(text);
    expect(await everythingFrom(socket)).toMatch(/^HTTP\/1\.1 408 /);
  }
});

test('header lines that are too long, and a request that is none, are refused', async () => {
  const port = await start((_request, response) => void response.end());
  for (const [text, status] of [
    [`GET / HTTP/1.1\r\nhost: a\r\nx-long: ${'x'.repeat(17 * 1024)}\r\n\r\n`, '431'],
    ['GET /\0 HTTP/1.1\r\nhost: a\r\n\r\n', '400'],
    ['GET / HTTP/1.1\r\nhost: a\r\nx-nul: a\0b\r\n\r\n', '400'],
    ['hello\r\n\r\n', '400'],
  ] as const) {
    const socket = connect(port, '127.0.0.1');
    socket.write(text);
    expect(await everythingFrom(socket)).toContain(`HTTP/1.1 ${status} `);
  }
});

test('an idle connection is kept for longer than proxies keep theirs', async () => {
  await start((_request, response) => void response.end());
  expect(server.keepAliveTimeout).toBeGreaterThan(60_000);
  expect(server.headersTimeout).toBeLessThan(server.requestTimeout);
});

test('closing lets running requests end, tells their clients to go, and takes no new ones', async () => {
  const running = Promise.withResolvers<void>();
  const mayEnd = Promise.withResolvers<void>();
  const port = await start((_request, response) => {
    running.resolve();
    void mayEnd.promise.then(() => response.end('done'));
  });
  const asked = fetch(`http://127.0.0.1:${port}/`);
  await running.promise;
  const closed = closeHttpServer(server, 10_000);
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  mayEnd.resolve();
  const response = await asked;
  expect(response.headers.get('connection')).toBe('close');
  expect(await response.text()).toBe('done');
  await closed;
});

test('what does not end is cut off when the patience has', async () => {
  const running = Promise.withResolvers<void>();
  const port = await start(() => running.resolve());
  const asked = fetch(`http://127.0.0.1:${port}/`);
  await running.promise;
  const refused = expect(asked).rejects.toThrow();
  await closeHttpServer(server, 50);
  await refused;
});
