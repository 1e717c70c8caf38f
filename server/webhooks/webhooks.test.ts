import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { buildWebhook } from '../../channels/shopify/build-webhook.ts';
import { signatureOf } from '../../channels/whatsapp/verify-signature.ts';
import { count } from '../../sql-tests/support/query.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
  await api.seal(api.ours, 'shopify', api.ours.automated, { webhookSecret: 'shop-secret' });
  await api.seal(api.ours, 'delhivery', api.ours.carrierAccount, { webhookSecret: 'scan-secret' });
});
afterAll(() => api.close());

async function send(
  path: string,
  body: Uint8Array | string,
  headers: Record<string, string> = {},
): Promise<number> {
  const bytes = new Uint8Array(Buffer.from(body));
  const response = await fetch(`${api.server.url}/webhooks/${path}`, {
    method: 'POST',
    body: bytes,
    headers,
  });
  await response.arrayBuffer();
  return response.status;
}

const stored = (service: string) =>
  count(api.database.pool, 'app_public.inbound_messages where service = $1', [service]);
const rejected = (service: string) =>
  count(api.database.pool, 'app_private.rejected_webhooks where service = $1', [service]);

const shopOrder = (eventId: string, secret = 'shop-secret') =>
  buildWebhook({
    secret,
    eventId,
    shopDomain: 'a.myshopify.com',
    topic: 'orders/create',
    webhookId: `w-${eventId}`,
    payload: { id: 1, note: 'नमस्ते 🌸' },
    triggeredAt: '2026-11-21T10:00:00Z',
  });

describe('a Shopify webhook', () => {
  test('is stored raw, once, however often it comes', async () => {
    const { body, headers } = shopOrder('event-1');
    expect(await send(`shopify/${api.ours.automated}`, body, headers)).toBe(200);
    expect(await send(`shopify/${api.ours.automated}`, body, headers)).toBe(200);
    expect(await stored('shopify')).toBe(1);
    const { rows } = await api.database.pool.query<{
      merchant_id: number;
      body: Buffer;
      topic: string;
      external_id: string;
    }>("select * from app_public.inbound_messages where service = 'shopify'");
    expect(rows[0]).toMatchObject({
      merchant_id: api.ours.id,
      topic: 'orders/create',
      external_id: 'event-1',
    });
    expect(rows[0]?.body.equals(body)).toBe(true);
  });

  test('that is not signed, or wrongly, is turned away and leaves one row', async () => {
    const { body, headers } = shopOrder('event-2', 'another-secret');
    const before = await stored('shopify');
    expect(await send(`shopify/${api.ours.automated}`, body)).toBe(401);
    expect(await rejected('shopify')).toBe(1);
    expect(await send(`shopify/${api.ours.automated}`, body, headers)).toBe(401);
    expect(await rejected('shopify')).toBe(2);
    expect(await stored('shopify')).toBe(before);
  });

  test('that is signed but no JSON is refused', async () => {
    const { signatureOf: sign } = await import('../../channels/shopify/verify-webhook.ts');
    const headers = { 'x-shopify-hmac-sha256': sign('shop-secret', Buffer.from('{oops')) };
    expect(await send(`shopify/${api.ours.automated}`, '{oops', headers)).toBe(400);
    expect(await rejected('shopify')).toBe(3);
  });

  test('for a store that is none, or is no Shopify shop, is not found', async () => {
    const { body, headers } = shopOrder('event-3');
    for (const id of [
      '999999',
      '0',
      '-1',
      'abc',
      '1e3',
      '99999999999',
      String(api.ours.pickup),
      '%00',
    ]) {
      expect([id, await send(`shopify/${id}`, body, headers)]).toEqual([
        id,
        id === '%00' ? 400 : 404,
      ]);
    }
  });
});

describe('a carrier webhook', () => {
  const scan = '{"Shipment":{"AWB":"1"}}';
  test('with the agreed secret is stored once', async () => {
    const headers = { 'x-waybill-carrier-secret': 'scan-secret' };
    expect(await send(`carrier/${api.ours.carrierAccount}`, scan, headers)).toBe(200);
    expect(await send(`carrier/${api.ours.carrierAccount}`, scan, headers)).toBe(200);
    expect(await stored('carrier')).toBe(1);
  });

  test('without it is turned away', async () => {
    expect(await send(`carrier/${api.ours.carrierAccount}`, scan)).toBe(401);
    expect(
      await send(`carrier/${api.theirs.carrierAccount}`, scan, { 'x-waybill-carrier-secret': '' }),
    ).toBe(401);
    expect(await rejected('carrier')).toBe(2);
  });
});

describe('WhatsApp', () => {
  const payload = (...ids: string[]) =>
    JSON.stringify({
      entry: [
        {
          changes: ids.map((id) => ({
            field: 'messages',
            value: { metadata: { phone_number_id: id } },
          })),
        },
      ],
    });

  test('asks for the verify token on registering', async () => {
    const ask = (token: string) =>
      fetch(
        `${api.server.url}/webhooks/whatsapp?hub.mode=subscribe&hub.challenge=42&hub.verify_token=${token}`,
      );
    expect(await (await ask(api.config.whatsapp.verifyToken)).text()).toBe('42');
    expect((await ask('wrong')).status).toBe(403);
  });

  test('reaches each number that the payload names, once', async () => {
    const body = payload(
      `1100${api.ours.id}`,
      `1100${api.ours.id}`,
      `1100${api.theirs.id}`,
      'unknown',
    );
    const headers = {
      'x-hub-signature-256': signatureOf(api.config.whatsapp.appSecret, Buffer.from(body)),
    };
    expect(await send('whatsapp', body, headers)).toBe(200);
    expect(await send('whatsapp', body, headers)).toBe(200);
    expect(await stored('whatsapp')).toBe(2);
    expect(await send('whatsapp', body, { 'x-hub-signature-256': 'sha256=00' })).toBe(401);
  });
});
