import { describe, expect, test } from '@jest/globals';
import type { HttpAnswer, HttpRequest } from '../../outbound/outcome.ts';
import type { NdrAction, Send } from '../connector.ts';
import type { DelhiveryAccount } from './account.ts';
import { actOnNdr } from './act-on-ndr.ts';
import { parseNdrAction, parseNdrStatus } from './ndr.ts';
import { account, answerOf } from './samples.ts';

const awb = '57930810000011';
const json = (body: unknown, status = 200) =>
  answerOf({ status, headers: {}, body: JSON.stringify(body) });

describe('the number of a wish', () => {
  test.each([
    [{ request_id: 'UPL0000000001' }, 'UPL0000000001'],
    [{ upl_id: 12345 }, '12345'],
    [{ success: true, message: 'Accepted as UPL7000012' }, 'UPL7000012'],
  ])('%p', (body, value) => {
    expect(parseNdrAction(json(body))).toEqual({ kind: 'done', value });
  });

  test.each([
    [json({ error: 'NSL code is not eligible' }, 400), 'refused'],
    [json({}), 'unknown'],
    [json({ error: 'x' }, 503), 'unknown'],
  ])('what is none: %#', (answer, kind) => {
    expect(parseNdrAction(answer).kind).toBe(kind);
  });
});

describe('what became of a wish', () => {
  test.each([
    [{ status: 'Pending' }, 'queued'],
    [{ status: 'Complete', results: [{ waybill: awb, status: 'Success' }] }, 'taken'],
    [{ status: 'Complete', results: [{ waybill: awb, status: 'Failure' }] }, 'refused'],
    [{ status: 'something new' }, 'queued'],
  ])('%p is %s', (body, kind) => {
    expect(parseNdrStatus(awb, json(body))).toMatchObject({ kind: 'done', value: { kind } });
  });

  test('one that is not listed yet is waited for', () => {
    expect(parseNdrStatus(awb, json({ error: 'Invalid UPL' }, 404))).toEqual({
      kind: 'done',
      value: { kind: 'queued' },
    });
  });
});

describe('telling Delhivery', () => {
  const reAttempt: NdrAction = {
    kind: 're_attempt',
    on: null,
    phone: '+919847055555',
    address: null,
  };

  /** Delhivery with these answers, one for each request. */
  function delhivery(...answers: HttpAnswer[]) {
    const asked: HttpRequest[] = [];
    const send: Send<DelhiveryAccount> = (call) => {
      asked.push(call.build(account));
      const answer = answers[asked.length - 1];
      if (answer === undefined) throw new Error('One request too many');
      return Promise.resolve(call.parse(account, answer));
    };
    return { asked, send };
  }
  const never = () => {
    throw new Error('Nothing is called off');
  };

  test('corrects first, keeps the number, and asks later', async () => {
    const { asked, send } = delhivery(
      json({ status: true, waybill: awb }),
      json({ request_id: 'UPL0000000001' }),
      json({ status: 'Pending' }),
    );
    const kept: object[] = [];
    const remember = (memory: object) => Promise.resolve(void kept.push(memory));
    const told = await actOnNdr(send, never, { awb, action: reAttempt, memory: null, remember });
    expect(told).toMatchObject({ kind: 'postponed', code: 'NDR_QUEUED' });
    expect(kept).toEqual([{ upload: 'UPL0000000001' }]);
    expect(asked.map(({ body }) => body)).toEqual([
      JSON.stringify({ waybill: awb, phone: '9847055555' }),
      JSON.stringify({ data: [{ waybill: awb, act: 'RE-ATTEMPT' }] }),
      undefined,
    ]);
  });

  test('sends nothing again while it is worked on', async () => {
    const { asked, send } = delhivery(
      json({ status: 'Complete', results: [{ status: 'Success' }] }),
    );
    const memory = { upload: 'UPL0000000001' };
    const told = await actOnNdr(send, never, {
      awb,
      action: reAttempt,
      memory,
      remember: () => Promise.reject(new Error('Nothing is to be kept')),
    });
    expect(told).toEqual({ kind: 'done', value: true });
    expect(asked.map(({ method }) => method)).toEqual(['GET']);
  });
});
