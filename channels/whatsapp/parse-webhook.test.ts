import { describe, expect, test } from '@jest/globals';
import { parseWebhook } from './parse-webhook.ts';
import { statusWebhook, templateWebhook } from './samples.ts';
import { signatureOf, verifySignature } from './verify-signature.ts';

const receivedAt = '2026-01-06T06:15:00.000Z';
const read = (payload: unknown) => parseWebhook(payload, receivedAt);

const change = (value: unknown, field = 'messages') => ({
  entry: [{ changes: [{ field, value }] }],
});

test('a delivered message', () => {
  expect(read(statusWebhook)).toEqual({
    statuses: [
      {
        messageId: 'wamid.HBgM',
        status: 'delivered',
        callbackData: 'msg_01J',
        at: '2026-01-06T06:13:20.000Z',
        errorCode: null,
        errorTitle: null,
      },
    ],
    templateUpdates: [],
    ignored: 0,
  });
});

test('a paused template', () => {
  expect(read(templateWebhook)).toEqual({
    statuses: [],
    templateUpdates: [{ name: 'order_shipped', language: 'en', event: 'PAUSED' }],
    ignored: 0,
  });
});

test('a failed message brings the first error', () => {
  const errors = [{ code: 131026, title: 'Message undeliverable', href: 'x' }, { code: 1 }];
  const statuses = [{ id: 'a', status: 'failed', timestamp: '1767680000', errors }];
  expect(read(change({ statuses })).statuses).toMatchObject([
    {
      status: 'failed',
      callbackData: null,
      errorCode: 131026,
      errorTitle: 'Message undeliverable',
    },
  ]);
});

test('several entries, changes and statuses in one call are all read', () => {
  const status = { id: 'a', status: 'sent', timestamp: '1767680000' };
  const changes = [
    { field: 'messages', value: { statuses: [status, { ...status, id: 'b' }] } },
    { field: 'messages', value: { statuses: [{ ...status, id: 'c' }] } },
  ];
  const { statuses } = read({ entry: [{ changes }, { changes: [changes[1]] }] });
  expect(statuses.map((entry) => entry.messageId)).toEqual(['a', 'b', 'c', 'c']);
});

describe('what is missing or broken hides nothing else', () => {
  const good = { id: 'a', status: 'read', timestamp: '1767680000' };

  test.each([
    ['no time', { timestamp: undefined }, receivedAt],
    ['a time that is none', { timestamp: 'now' }, receivedAt],
    ['a time as a number', { timestamp: 1767680000 }, '2026-01-06T06:13:20.000Z'],
  ])('%s', (_what, part, at) => {
    expect(read(change({ statuses: [{ ...good, ...part }] })).statuses).toMatchObject([{ at }]);
  });

  test.each([
    [null],
    [{ id: 'b' }],
    [{ ...good, id: '' }],
    [{ ...good, status: 'teleported' }],
    ['x'],
  ])('the status %j', (broken) => {
    const { statuses, ignored } = read(change({ statuses: [broken, good] }));
    expect(statuses).toHaveLength(1);
    expect(ignored).toBe(1);
  });

  test('entries and changes of another shape', () => {
    const { entry } = change({ statuses: [good] });
    const changes = [null, { value: 1 }, { field: 'messages' }, ...(entry[0]?.changes ?? [])];
    const payload = { entry: [null, 'x', { changes: 'x' }, { changes }] };
    expect(read(payload).statuses).toHaveLength(1);
  });

  test.each([[null], [''], [[]], [{}], [{ entry: {} }], [{ entry: [{}] }]])('%j', (payload) => {
    expect(read(payload)).toEqual({ statuses: [], templateUpdates: [], ignored: 0 });
  });

  test.each([
    ['a customer who writes', change({ messages: [{ id: 'x', text: { body: 'hi' } }] })],
    ['another field', change({ event: 'ACCOUNT_RESTRICTION' }, 'account_update')],
    ['a template without a name', change({ event: 'PAUSED' }, 'message_template_status_update')],
  ])('%s is counted', (_what, payload) => {
    expect(read(payload)).toEqual({ statuses: [], templateUpdates: [], ignored: 1 });
  });
});

describe('the signature', () => {
  const secret = 'sandbox-whatsapp-app-secret';
  const body = new TextEncoder().encode('{"name":"\\u0d15 🏠"}');
  const header = signatureOf(secret, body);

  // Computed with another program.
  const known = '515aae133b435d4000956731f68ae5cf5eb85d4f0dc6a546d2bfcd3595ec1ae1';

  test('Meta’s own is accepted', () => {
    expect(verifySignature(secret, body, header)).toBe(true);
    expect(verifySignature(secret, body, header.toUpperCase().replace('SHA', 'sha'))).toBe(true);
    expect(verifySignature('key', new TextEncoder().encode('body'), `sha256=${known}`)).toBe(true);
  });

  test.each([
    ['another body', secret, new TextEncoder().encode('{}'), header],
    ['another secret', 'other', body, header],
    ['an empty secret', '', body, signatureOf('', body)],
    ['no header', secret, body, undefined],
    ['an empty header', secret, body, ''],
    ['no prefix', secret, body, header.slice(7)],
    ['a cut one', secret, body, header.slice(0, -2)],
    ['a longer one', secret, body, `${header}00`],
    ['no hex', secret, body, `sha256=${'z'.repeat(64)}`],
    ['sha1', secret, body, header.replace('sha256', 'sha1')],
  ])('%s is refused', (_what, key, bytes, given) => {
    expect(verifySignature(key, bytes, given)).toBe(false);
  });
});
