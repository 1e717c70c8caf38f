import { expect, test } from '@jest/globals';
import { buildWebhook } from './build-webhook.ts';
import { codOrder } from './samples.ts';
import { signatureOf, verifyWebhook } from './verify-webhook.ts';

const secret = 'sandbox-shopify-secret';
const built = buildWebhook({
  secret,
  shopDomain: 'waybill-demo.myshopify.com',
  topic: 'orders/create',
  payload: { ...codOrder, note: '🏠 തൃശ്ശൂർ' },
  webhookId: 'w-1',
  eventId: 'e-1',
  triggeredAt: '2026-01-06T05:30:00.000Z',
});
const header = built.headers['x-shopify-hmac-sha256'] ?? '';

test('what we build is what Shopify sends, and is accepted', () => {
  expect(verifyWebhook(secret, built.body, header)).toBe(true);
  expect(JSON.parse(new TextDecoder().decode(built.body))).toMatchObject({ note: '🏠 തൃശ്ശൂർ' });
  expect(built.headers).toMatchObject({
    'content-type': 'application/json',
    'x-shopify-topic': 'orders/create',
    'x-shopify-shop-domain': 'waybill-demo.myshopify.com',
    'x-shopify-webhook-id': 'w-1',
    'x-shopify-event-id': 'e-1',
  });
});

test('a signature that another program made is accepted', () => {
  const body = new TextEncoder().encode('body');
  expect(verifyWebhook('key', body, 'UVquEztDXUAAlWcx9orlz164XU8NxqVG0r/NNZXsGuE=')).toBe(true);
});

const other = new TextEncoder().encode(`${new TextDecoder().decode(built.body)} `);

test.each<[string, string, Uint8Array, string | undefined]>([
  ['another body', secret, other, header],
  ['another secret', 'other', built.body, header],
  ['an empty secret', '', built.body, signatureOf('', built.body)],
  ['no header', secret, built.body, undefined],
  ['an empty header', secret, built.body, ''],
  ['a cut one', secret, built.body, header.slice(0, -4)],
  ['a longer one', secret, built.body, `${header}AAAA`],
  ['hex', secret, built.body, Buffer.from(header, 'base64').toString('hex')],
  ['spaces in it', secret, built.body, ` ${header}`],
])('%s is refused', (_what, key, body, given) => {
  expect(verifyWebhook(key, body, given)).toBe(false);
});
