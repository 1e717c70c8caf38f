import { describe, expect, test } from '@jest/globals';
import { meaningOf } from './error-codes.ts';
import { account, answerOf, message, send, sendRefused } from './samples.ts';
import { buildSendTemplate, parseSendTemplate, sanitizeParameter } from './send-template.ts';

const parse = (status: number, body: unknown) =>
  parseSendTemplate(
    answerOf({ status, headers: {}, body: typeof body === 'string' ? body : JSON.stringify(body) }),
  );

const failed = (code: unknown, more: object = {}) => ({ error: { message: 'x', code, ...more } });

test('what we send and read is what went over the wire', () => {
  expect(buildSendTemplate(account, message)).toEqual(send.request);
  expect(parseSendTemplate(answerOf(send.answer))).toEqual({
    kind: 'done',
    value: { messageId: 'wamid.HBgM', messageStatus: 'accepted' },
  });
  expect(parseSendTemplate(answerOf(sendRefused.answer))).toEqual({
    kind: 'transient',
    code: '131056',
    message: 'Too many messages to the same recipient',
    retryAfterMs: 6000,
  });
});

describe('the contract of error codes', () => {
  const table: [kind: string, codes: number[]][] = [
    ['account', [0, 3, 10, 190, 200, 250, 299, 368, 131031, 130497, 131005, 131037, 131042]],
    ['account', [131045, 131048]],
    ['transient', [4, 80007, 613, 130429, 131056, 131000, 131016, 131057, 131052, 131053]],
    ['transient', [131049, 131064, 132015]],
    ['refused', [100, 131008, 131009, 131021, 131026, 131030, 131047, 131050, 130472, 131051]],
    ['refused', [131062, 131063, 132000, 132001, 132005, 132007, 132008, 132012, 132016]],
    ['refused', [132068, 132069, 134011, 135000, 137000]],
  ];
  const rows = table.flatMap(([kind, codes]) =>
    codes.map((code): [number, string] => [code, kind]),
  );

  test.each(rows)('%i is %s under every HTTP status', (code, kind) => {
    for (const status of [200, 400, 401, 403, 404, 429, 500, 503]) {
      expect(parse(status, failed(code))).toMatchObject({ kind, code: String(code) });
    }
  });

  test.each([
    [131056, 6_000],
    [131057, 60_000],
    [131049, 86_400_000],
    [131064, 3_600_000],
    [132015, 3_600_000],
  ])('%i waits %i ms', (code, retryAfterMs) => {
    expect(parse(400, failed(code))).toMatchObject({ retryAfterMs });
  });

  test.each([
    [131026, 'to'],
    [132001, 'template'],
    [132000, 'parameters'],
  ])('%i names what to change: %s', (code, field) =>
    expect(parse(400, failed(code))).toMatchObject({ field }),
  );

  test.each([1, 2, 5, 199, 300, 131999])('%i is not listed', (code) => {
    expect(meaningOf(code)).toBeNull();
  });
});

describe('what the body does not decide', () => {
  test('an unlisted code under 4xx was not sent; a person has to look', () => {
    const body = failed(1, { error_subcode: 99 });
    expect(parse(400, body)).toMatchObject({ kind: 'refused', code: '1/99' });
  });

  test.each<[number, unknown]>([
    [500, failed(1)],
    [500, ''],
    [502, '<html>Bad gateway</html>'],
    [504, '{}'],
    [200, ''],
    [200, '{"messages":'],
    [200, { messages: [] }],
    [200, { messages: [{ id: '' }] }],
    [200, { messages: null }],
    [200, null],
    [302, ''],
    [400, ''],
    [400, '<html>'],
    [400, failed('131026')],
    [429, '{}'],
    [500, { messages: [{ id: 'wamid.X' }] }],
  ])('HTTP %i %j may have been sent', (status, body) => {
    expect(parse(status, body)).toMatchObject({ kind: 'unknown' });
  });

  test('a minimal yes is a yes', () => {
    const value = { messageId: 'wamid.X', messageStatus: null };
    expect(parse(200, { messages: [{ id: 'wamid.X' }] })).toEqual({ kind: 'done', value });
  });

  test('no message of ours repeats what Meta wrote', () => {
    const body = failed(131026, { message: '919847000000 is not on WhatsApp' });
    expect(JSON.stringify(parse(400, body))).not.toContain('9847');
  });
});

describe('parameters', () => {
  test.each([
    ['Asha\nR', 'Asha R'],
    ['Asha\r\n\tR', 'Asha R'],
    ['a\u0000b', 'a b'],
    ['a    b', 'a    b'],
    ['a     b', 'a    b'],
    ['  a \n\n  b  ', 'a    b'],
    ['അവന്‍ 👨‍👩‍👧', 'അവന്‍ 👨‍👩‍👧'],
    ['half \ud83c', 'half \ufffd'],
    ['\n\t', ''],
  ])('%j becomes %j', (text, clean) => {
    expect(sanitizeParameter(text)).toBe(clean);
  });
});

describe('what must not be sent', () => {
  test.each([
    ['no number', { to: '' }],
    ['a number with spaces', { to: '91 98470 00000' }],
    ['a number without its country', { to: '09847000000' }],
    ['no key', { callbackData: '' }],
    ['a key of 513 bytes', { callbackData: 'ക'.repeat(171) }],
    ['an empty parameter', { body: ['Asha', '\n'] }],
    ['an empty button', { urlButtons: [{ index: 0, text: '' }] }],
  ])('%s', (_what, change) => {
    expect(() => buildSendTemplate(account, { ...message, ...change })).toThrow(TypeError);
  });

  test('headers and several buttons find their place, a plus is dropped', () => {
    const request = buildSendTemplate(account, {
      ...message,
      to: '+919847000000',
      body: [],
      header: { type: 'image', link: 'https://x.example/a.png' },
      urlButtons: [{ index: 1, text: 'x' }],
    });
    expect(JSON.parse(request.body ?? '')).toMatchObject({
      to: '919847000000',
      template: {
        components: [
          {
            type: 'header',
            parameters: [{ type: 'image', image: { link: 'https://x.example/a.png' } }],
          },
          { type: 'button', index: '1' },
        ],
      },
    });
  });
});
