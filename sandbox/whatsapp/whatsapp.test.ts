import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Sandbox } from '../sandbox.ts';
import {
  call,
  dig,
  parsed,
  send,
  startCalmSandbox,
  startReceiver,
  whatsappToken,
} from '../test-client.ts';
import type { Received, Receiver, Reply } from '../test-client.ts';

let receiver: Receiver;
let sandbox: Sandbox;
beforeEach(async () => {
  receiver = await startReceiver();
  sandbox = await startCalmSandbox({ whatsappWebhookUrl: receiver.url });
});
afterEach(async () => {
  await sandbox.close();
  await receiver.close();
});

const templatesPath = '/whatsapp/v24.0/220033004400/message_templates';
const headers = { authorization: `Bearer ${whatsappToken}` };
const codeOf = ({ at }: Reply): unknown => at('error', 'code');
const changeIn = ({ body }: Received, ...path: (string | number)[]): unknown =>
  dig(parsed(body), 'entry', 0, 'changes', 0, ...path);
const statusIn = (one: Received, ...path: (string | number)[]): unknown =>
  changeIn(one, 'value', 'statuses', 0, ...path);
const arrived = (status: string) => (received: readonly Received[]) =>
  received.some((one) => statusIn(one, 'status') === status);

function template(texts: readonly unknown[], name = 'order_shipped', code = 'en'): object {
  const parameters = texts.map((text) => ({ type: 'text', text }));
  return { template: { name, language: { code }, components: [{ type: 'body', parameters }] } };
}

describe('sending', () => {
  test('a good template is accepted, not delivered, and stands in the books', async () => {
    const { status, json, textAt } = await send(sandbox);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      messaging_product: 'whatsapp',
      contacts: [{ input: '919847012345', wa_id: '919847012345' }],
      messages: [{ message_status: 'accepted' }],
    });
    const id = textAt('messages', 0, 'id');
    expect(id).toMatch(/^wamid\.HBgM/);
    expect(sandbox.books.messages.get(id)).toMatchObject({
      template: 'order_shipped',
      callbackData: 'msg_01J',
      parameters: ['Asha', 'SHOP1-10021', '57930810000011'],
    });
  });

  test('the same request twice is two messages', async () => {
    const [first, second] = [await send(sandbox), await send(sandbox)];
    expect(first.at('messages', 0, 'id')).not.toBe(second.at('messages', 0, 'id'));
    expect(sandbox.books.messages.size).toBe(2);
  });

  const three = ['a', 'b', 'c'];
  const withButton = (parameters: object[]) => ({
    template: {
      name: 'order_shipped_with_link',
      language: { code: 'en' },
      components: [
        { type: 'body', parameters: three.map((text) => ({ type: 'text', text })) },
        { type: 'button', sub_type: 'url', index: '0', parameters },
      ],
    },
  });
  const refusals: readonly [string, object, number][] = [
    ['too few parameters', template(['a', 'b']), 132000],
    ['too many parameters', template(['a', 'b', 'c', 'd']), 132000],
    ['no parameters', { template: { name: 'order_shipped', language: { code: 'en' } } }, 132000],
    ['a button without its parameter', withButton([]), 132000],
    ['an unknown template', template(three, 'order_lost'), 132001],
    ['another language', template(three, 'order_shipped', 'en_US'), 132001],
    ['a paused template', template(['a', 'b'], 'feedback_request'), 132015],
    ['a newline', template(['a\nb', 'b', 'c']), 132012],
    ['a tab', template(['a\tb', 'b', 'c']), 132012],
    ['five spaces', template(['a     b', 'b', 'c']), 132012],
    ['an empty parameter', template(['', 'b', 'c']), 131008],
    ['a very long parameter', template(['x'.repeat(1024), 'b', 'c']), 132005],
    ['no product', { messaging_product: undefined }, 100],
    ['no recipient', { to: undefined }, 131008],
    ['a number without country code', { to: '98470' }, 131009],
    ['a number with spaces', { to: '+91 98470 12345' }, 131009],
    ['itself', { to: '919999900000' }, 131021],
    ['long callback data', { biz_opaque_callback_data: 'x'.repeat(513) }, 131009],
    ['a location', { type: 'location' }, 131051],
  ];

  test.each(refusals)('%s is refused and nothing is sent', async (_, change, code) => {
    const reply = await send(sandbox, change);
    expect(reply.status).toBeGreaterThanOrEqual(400);
    expect(codeOf(reply)).toBe(code);
    expect(reply.at('error', 'error_data', 'details')).not.toBe('');
    expect(sandbox.books.messages.size).toBe(0);
  });

  test('a button with its parameter is accepted', async () => {
    expect((await send(sandbox, withButton([{ type: 'text', text: 'x' }]))).status).toBe(200);
  });

  test('a wrong token is 190 and a foreign number id is an unknown object', async () => {
    const bad = await send(sandbox, {}, 'wrong');
    expect([bad.status, codeOf(bad)]).toEqual([401, 190]);
    const url = `${sandbox.url}/whatsapp/v24.0/999/messages`;
    const foreign = await call(url, { method: 'POST', headers, body: '{}' });
    expect(foreign.at('error')).toMatchObject({ code: 100, error_subcode: 33 });
  });

  test('the 46th message to one person in a row meets the pair limit', async () => {
    const now = Date.now();
    const still = await startCalmSandbox({ now: () => now });
    for (let at = 0; at < 45; at += 1) expect((await send(still)).status).toBe(200);
    expect(codeOf(await send(still))).toBe(131056);
    expect((await send(still, { to: '919847012346' })).status).toBe(200);
    await still.close();
  });
});

describe('what comes later', () => {
  test('sent and delivered come signed, with the callback data, over the raw bytes', async () => {
    const callbackData = 'ആശ/1';
    await send(sandbox, { biz_opaque_callback_data: callbackData });
    await receiver.until(arrived('delivered'));
    expect(receiver.received.map((one) => statusIn(one, 'status')).slice(0, 2)).toEqual([
      'sent',
      'delivered',
    ]);
    const [first] = receiver.received;
    const digest = createHmac('sha256', 'sandbox-whatsapp-app-secret')
      .update(first?.body ?? '')
      .digest('hex');
    expect(first?.headers['x-hub-signature-256']).toBe(`sha256=${digest}`);
    expect(first?.body).toContain(String.raw`\u0d06\u0d36\/1`);
    expect(first && statusIn(first)).toMatchObject({
      biz_opaque_callback_data: callbackData,
      timestamp: expect.stringMatching(/^\d{10}$/),
    });
  });

  test('a number that is not on WhatsApp is accepted first and fails with 131026', async () => {
    expect((await send(sandbox, { to: '919847040404' })).status).toBe(200);
    await receiver.until(arrived('failed'));
    expect(receiver.received.map((one) => statusIn(one, 'errors', 0, 'code'))).toEqual([131026]);
  });

  test('free text outside the 24 hours fails with 131047', async () => {
    await send(sandbox, { type: 'text', text: { body: 'hello' } });
    await receiver.until(arrived('failed'));
    expect(receiver.received.map((one) => statusIn(one, 'errors', 0, 'code'))).toEqual([131047]);
  });

  test('a receiver that fails is tried again until it answers', async () => {
    const shaky = await startReceiver((at) => (at <= 2 ? 503 : 200));
    const other = await startCalmSandbox({ whatsappWebhookUrl: shaky.url, whatsappRetryMs: 1 });
    await send(other, { to: '919847040404' });
    await shaky.until((received) => received.length === 3);
    expect(new Set(shaky.received.map(({ body }) => body)).size).toBe(1);
    await other.close();
    await shaky.close();
  });
});

describe('templates', () => {
  const list = (query = '') => call(`${sandbox.url}${templatesPath}${query}`, { headers });
  const create = (draft: object) =>
    call(`${sandbox.url}${templatesPath}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(draft),
    });
  const draft = {
    name: 'order_delayed',
    language: 'en',
    category: 'UTILITY',
    components: [{ type: 'BODY', text: 'Hello {{1}}, your order {{2}} is late. Sorry!' }],
  };

  test('paging gives every template once and ends without next', async () => {
    const names: unknown[] = [];
    let url: string | undefined = `${sandbox.url}${templatesPath}?limit=3&fields=name`;
    while (url !== undefined) {
      const { at }: Reply = await call(url, { headers });
      expect(at('data', 0)).toEqual({ id: expect.any(String), name: expect.any(String) });
      names.push(...[at('data', '*', 'name')].flat());
      expect(at('paging', 'cursors', 'after')).toEqual(expect.any(String));
      const next = at('paging', 'next');
      url = typeof next === 'string' ? next : undefined;
    }
    expect(names).toHaveLength(8);
    expect(new Set(names).size).toBe(8);
  });

  test('filters by name and by status hold', async () => {
    const paused = await list('?status=PAUSED');
    expect(paused.at('data', '*', 'name')).toEqual(['feedback_request']);
    expect((await list('?name=order_shipped')).at('data')).toHaveLength(1);
  });

  test('a new template is pending, cannot be sent, and is approved with a webhook', async () => {
    const slow = await startCalmSandbox({ templateReviewMs: 60_000 });
    const url = `${slow.url}${templatesPath}`;
    await call(url, { method: 'POST', headers, body: JSON.stringify(draft) });
    expect(codeOf(await send(slow, template(['a', 'b'], 'order_delayed')))).toBe(132001);
    await slow.close();

    const { json, at } = await create(draft);
    expect(json).toMatchObject({ status: 'PENDING', category: 'UTILITY' });
    await receiver.until((received) => received.length > 0);
    expect(receiver.received.map((one) => changeIn(one))).toEqual([
      {
        field: 'message_template_status_update',
        value: expect.objectContaining({
          event: 'APPROVED',
          message_template_id: Number(at('id')),
          reason: 'NONE',
        }),
      },
    ]);
    expect((await send(sandbox, template(['a', 'b'], 'order_delayed'))).status).toBe(200);
  });

  test.each([
    [{ ...draft, name: 'Order Delayed' }, undefined],
    [{ ...draft, name: 'order_shipped' }, 2388024],
    [{ ...draft, components: [{ type: 'BODY', text: 'Hello {{1}}' }] }, 2388299],
    [{ ...draft, components: [{ type: 'BODY', text: 'Hello {{2}}!' }] }, 2388073],
    [{ ...draft, components: [] }, 2388043],
    [{ ...draft, category: 'TRANSACTIONAL' }, undefined],
  ])('%j is refused', async (bad, subcode) => {
    const { at } = await create(bad);
    expect(at('error', 'code')).toBe(100);
    expect(at('error', 'error_subcode')).toBe(subcode);
  });
});
