import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { deriveKey } from '../../config.ts';
import { signPaperUrl } from '../papers/paper-links.ts';
import { productionEnvironment, startTestApi, type TestApi } from '../testing/test-api.ts';
import { dashboardRoutes } from './dashboard.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

describe('health', () => {
  test('is told to machines', async () => {
    expect((await fetch(`${api.server.url}/healthz`)).status).toBe(200);
    let ready = await fetch(`${api.server.url}/readyz`);
    for (let n = 0; n < 50 && !ready.ok; n += 1) ready = await fetch(`${api.server.url}/readyz`);
    expect(await ready.json()).toEqual({
      database: true,
      listener: true,
      dispatchLagSeconds: 0,
      dispatchHeldBack: false,
    });
    const metrics = await (await fetch(`${api.server.url}/metrics`)).text();
    for (const name of [
      'process_cpu',
      'waybill_dispatch_lag_seconds',
      'waybill_graphql_duration_seconds',
    ]) {
      expect(metrics).toContain(name);
    }
  });
});

describe('addresses', () => {
  test('that are none are refused in JSON, with the security headers', async () => {
    const response = await fetch(`${api.server.url}/nothing`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 'NOT_FOUND' } });
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(response.headers.get('x-powered-by')).toBeNull();
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('with a NUL byte or a broken escape are refused', async () => {
    expect((await fetch(`${api.server.url}/labels/%00`)).status).toBe(400);
    expect((await fetch(`${api.server.url}/labels/%E0%A4%A`)).status).toBe(400);
  });
});

describe('methods', () => {
  test('that an address has not are 405, with those that it has', async () => {
    for (const [method, path, allow] of [
      ['GET', '/auth/login', 'POST'],
      ['DELETE', '/webhooks/shopify/1', 'POST'],
      ['PUT', '/webhooks/whatsapp', 'GET, HEAD, POST'],
      ['POST', '/healthz', 'GET, HEAD'],
      ['POST', '/labels/a.pdf', 'GET, HEAD'],
      ['PUT', '/graphql', 'POST'],
      ['DELETE', '/graphql', 'POST'],
    ] as const) {
      const response = await fetch(`${api.server.url}${path}`, { method });
      expect({ path, status: response.status }).toEqual({ path, status: 405 });
      expect(response.headers.get('allow')).toBe(allow);
      expect(JSON.stringify(await response.json())).toContain('"code":"INVALID_INPUT"');
    }
  });

  test('HEAD is a GET without its body', async () => {
    const response = await fetch(`${api.server.url}/healthz`, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });

  test("no other site's page may ask: a preflight is not answered with leave", async () => {
    for (const path of ['/graphql', '/auth/login']) {
      const response = await fetch(`${api.server.url}${path}`, {
        method: 'OPTIONS',
        headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
      });
      expect(response.status).toBeLessThan(300);
      const granted = [...response.headers.keys()].filter((name) =>
        name.startsWith('access-control'),
      );
      expect(granted).toEqual([]);
    }
  });
});

test('answers are kept by no cache', async () => {
  for (const path of ['/healthz', '/metrics', '/graphql']) {
    const response = await fetch(`${api.server.url}${path}`);
    expect(response.headers.get('cache-control')).toBe('no-store');
  }
});

describe('bodies of /graphql', () => {
  const send = (contentType: string, body: string, accept = 'application/json') =>
    fetch(`${api.server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': contentType, accept, authorization: 'Bearer a.b.c' },
      body,
    });

  test.each([
    ['a form', 415, () => send('application/x-www-form-urlencoded', 'query={__typename}')],
    ['a plain text', 415, () => send('text/plain', '{"query":"{__typename}"}')],
    ['another charset', 415, () => send('application/json; charset=latin1', '{}')],
    ['half of JSON', 400, () => send('application/json', '{"query":')],
    ['an answer that we have not', 406, () => send('application/json', '{}', 'image/png')],
  ])('%s is refused with %i, in the form of all answers', async (_name, status, ask) => {
    const response = await ask();
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({
      errors: [{ message: expect.any(String), extensions: { code: 'INVALID_INPUT' } }],
    });
  });
});

describe('/metrics', () => {
  test('is read in production by who has its token, and is not there without one', async () => {
    const open = await startTestApi({
      ...productionEnvironment,
      METRICS_TOKEN: 'scraper-1234567890',
    });
    const shut = await startTestApi(productionEnvironment);
    const read = (at: TestApi, authorization?: string) =>
      fetch(`${at.server.url}/metrics`, authorization ? { headers: { authorization } } : {});
    try {
      expect((await read(open)).status).toBe(401);
      expect((await read(open, `Bearer ${await open.tokenOf(open.ours)}`)).status).toBe(401);
      expect((await read(open, 'Bearer scraper-1234567890')).status).toBe(200);
      expect((await read(shut)).status).toBe(404);
      const health = await fetch(`${shut.server.url}/healthz`);
      expect(health.headers.get('strict-transport-security')).toContain('max-age');
      expect(health.headers.get('cache-control')).toBe('no-store');
    } finally {
      await Promise.all([open.close(), shut.close()]);
    }
  });
});

describe('a label', () => {
  const shipmentId = '01a1fdaa-a231-7ed9-b879-ceed47cbd7b5';
  const key = () => deriveKey(api.config, 'links');
  const label = { kind: 'label', id: shipmentId } as const;
  const link = (now = new Date()) => signPaperUrl(key(), api.server.url, label, now);

  beforeAll(async () => {
    await api.database.pool.query(
      "insert into app_private.labels values ($1, $2, 'AWB1', '%PDF-1.7'::bytea)",
      [api.ours.id, shipmentId],
    );
  });

  test('is served for its link', async () => {
    const response = await fetch(link());
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/pdf');
    expect(await response.text()).toBe('%PDF-1.7');
  });

  test('is not served once the link has expired, or for a changed or missing signature', async () => {
    const expired = link(new Date(Date.now() - 601_000));
    const changed = link().replace(/signature=./, 'signature=-');
    const longer = link().replace(/expires=\d+/, 'expires=99999999999');
    const unsigned = `${api.server.url}/labels/${shipmentId}.pdf`;
    for (const url of [expired, changed, longer, unsigned])
      expect((await fetch(url)).status).toBe(403);
  });
});

describe('the dashboard', () => {
  let directory: string;
  let server: Server;
  const get = async (path: string, accept = 'text/html') => {
    const { port } = server.address() as AddressInfo;
    return fetch(`http://127.0.0.1:${port}${path}`, { headers: { accept } });
  };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'waybill-dashboard-'));
    await mkdir(join(directory, 'assets'));
    await writeFile(join(directory, 'index.html'), '<p>page</p>');
    await writeFile(join(directory, 'assets/app-1a2b.js'), '1');
    const routes = dashboardRoutes(directory);
    server = createServer(express().use(routes ?? express.Router()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    server.close();
    await rm(directory, { recursive: true });
  });

  test('keeps hashed assets for ever and asks for the page each time', async () => {
    expect((await get('/assets/app-1a2b.js')).headers.get('cache-control')).toContain('immutable');
    const page = await get('/orders/123');
    expect(await page.text()).toBe('<p>page</p>');
    expect(page.headers.get('cache-control')).toBe('no-cache');
  });

  test('is not what a program gets for an unknown address', async () => {
    expect((await get('/orders/123', 'application/json')).status).toBe(404);
    expect((await get('/assets/gone.js')).status).toBe(404);
  });

  test('need not exist', () => {
    expect(dashboardRoutes('/nowhere')).toBeUndefined();
  });
});
