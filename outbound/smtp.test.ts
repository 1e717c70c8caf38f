import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { readReply } from '../channels/email/read-reply.ts';
import { startCalmSandbox } from '../sandbox/test-client.ts';
import type { FaultKind } from '../sandbox/faults.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { TransportError } from './http.ts';
import { smtpServer } from './smtp-server.ts';
import type { SmtpServer } from './smtp-server.ts';
import { maskReply, sendMail } from './smtp.ts';
import type { SmtpReply } from './smtp.ts';

let sandbox: Sandbox;
let server: SmtpServer;

beforeAll(async () => {
  sandbox = await startCalmSandbox({
    smtpPort: 0,
    smtpLogin: { user: 'waybill', password: 'right' },
  });
  server = serverOn(sandbox.smtpPort ?? 0, 'right');
});
afterAll(() => sandbox.close());
afterEach(() => {
  sandbox.faults.clear();
  sandbox.books.reset();
});

function serverOn(port: number, password: string): SmtpServer {
  const parsed = smtpServer(`smtp://waybill:${password}@127.0.0.1:${port}`);
  if (parsed === null) throw new Error('no server');
  return parsed;
}

const message = Buffer.from('Subject: Hello\r\n\r\n.One line\r\n..\r\n');

const send = (to = ['owner@shop.example'], on = server, timeoutMs = 2_000) =>
  sendMail(on, { from: 'waybill@shop.example', to, message }, timeoutMs);

async function failed(work: Promise<SmtpReply>): Promise<TransportError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof TransportError) return error;
  throw new Error(`no transport error: ${String(error)}`);
}

test('a mail is taken once, as it was written', async () => {
  const reply = await send();
  expect(reply).toMatchObject({ status: 250, stage: 'message', refusedRecipients: 0 });
  expect(readReply(reply)).toEqual({ kind: 'done', value: { refusedRecipients: 0 } });
  const [mail, ...others] = sandbox.books.mails;
  expect(others).toEqual([]);
  expect(mail).toMatchObject({ to: ['owner@shop.example'], subject: 'Hello' });
  expect(mail?.text).toContain('\r\n\r\n.One line\r\n..');
});

test('of several recipients those that are taken get it, and the others are counted', async () => {
  const reply = await send(['owner@shop.example', 'unknown@shop.example']);
  expect(reply).toMatchObject({ status: 250, refusedRecipients: 1 });
  expect(sandbox.books.mails[0]?.to).toEqual(['owner@shop.example']);
});

test('when nobody is taken it is refused, and the log does not name them', async () => {
  const reply = await send(['unknown@shop.example']);
  expect(readReply(reply)).toMatchObject({ kind: 'refused', code: 'smtp-550' });
  expect(maskReply(reply)).not.toContain('shop.example');
  expect(sandbox.books.mails).toEqual([]);
});

test('a wrong password stops the account', async () => {
  const reply = await send(undefined, serverOn(sandbox.smtpPort ?? 0, 'wrong'));
  expect(reply).toMatchObject({ stage: 'login', status: 535 });
  expect(readReply(reply)).toMatchObject({ kind: 'account', code: 'authentication' });
});

test('a server that is not there was never sent anything', async () => {
  expect(await failed(send(undefined, serverOn(1, 'right')))).toMatchObject({
    sent: false,
    code: 'ECONNREFUSED',
  });
});

test('a server that never greets was never sent anything', async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  expect(await failed(send(undefined, serverOn(port, 'right'), 200))).toMatchObject({
    sent: false,
    code: 'TIMEOUT',
  });
  silent.close();
});

describe('what was answered is known, what was not is unknown', () => {
  test.each<[FaultKind, string]>([
    ['server_error', 'smtp-451'],
    ['too_many_requests', 'smtp-421'],
  ])('%s: known not to have happened', async (kind, code) => {
    sandbox.faults.set([{ operation: 'smtp.send', kind }]);
    expect(readReply(await send())).toMatchObject({ kind: 'transient', code });
    expect(sandbox.books.mails).toEqual([]);
  });

  test.each<[FaultKind, number]>([
    ['time_out_before', 0],
    ['time_out_after', 1],
    ['drop_before', 0],
    ['drop_after', 1],
    ['malformed_after', 1],
  ])('%s: it may have been taken', async (kind, taken) => {
    sandbox.faults.set([{ operation: 'smtp.send', kind }]);
    expect((await failed(send(undefined, server, 400))).sent).toBe(true);
    expect(sandbox.books.mails).toHaveLength(taken);
  });
});

describe('SMTP_URL', () => {
  test.each([
    ['smtp://127.0.0.1:4011', { host: '127.0.0.1', port: 4011, secure: false, requireTls: false }],
    ['smtp://mail.example', { port: 587, secure: false, requireTls: true, login: null }],
    ['smtps://mail.example', { port: 465, secure: true, requireTls: false }],
    ['smtp://relay.internal:25?tls=optional', { port: 25, requireTls: false }],
    ['smtp://a%40b:p%2Fw@mail.example', { login: { user: 'a@b', password: 'p/w' } }],
  ])('%s', (text, parsed) => {
    expect(smtpServer(text)).toMatchObject(parsed);
  });

  test.each(['http://mail.example', 'mail.example', 'smtp://'])('not %s', (text) => {
    expect(smtpServer(text)).toBeNull();
  });

  test('a server elsewhere that offers no TLS gets no password and no mail', async () => {
    const elsewhere = { ...server, requireTls: true };
    const error = await failed(send(undefined, elsewhere)).catch(() => null);
    expect(error?.sent ?? false).toBe(false);
    expect(sandbox.books.mails).toEqual([]);
  });
});
