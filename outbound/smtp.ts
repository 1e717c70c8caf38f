/** Handing one mail to a server: the only place that speaks SMTP. */
import { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { TransportError } from './http.ts';
import type { SmtpServer } from './smtp-server.ts';

export interface Envelope {
  from: string;
  to: readonly string[];
  /** The whole mail, as MIME. */
  message: Uint8Array;
}

/** What the server said, and to which command: the last of them, or the one that it refused. */
export interface SmtpReply {
  status: number;
  text: string;
  stage: 'greeting' | 'login' | 'envelope' | 'message';
  /** How many recipients it did not take, of those it was asked for. */
  refusedRecipients: number;
}

/** What nodemailer's errors carry. */
interface SmtpError extends Error {
  code?: string;
  originalCode?: string;
  response?: string;
  responseCode?: number;
  command?: string;
}

/**
 * Throws a {@link TransportError} when the server gave no answer. The mail's text is a stream that is
 * first read after the server has said that it wants it (354): before that nothing can have been taken.
 */
export async function sendMail(
  server: SmtpServer,
  envelope: Envelope,
  timeoutMs: number,
): Promise<SmtpReply> {
  const connection = new SMTPConnection({
    host: server.host,
    port: server.port,
    secure: server.secure,
    requireTLS: server.requireTls,
    connectionTimeout: Math.min(10_000, timeoutMs),
    greetingTimeout: Math.min(10_000, timeoutMs),
    socketTimeout: timeoutMs,
  });
  let began = false;
  const message = new Readable({
    read() {
      began = true;
      this.push(envelope.message);
      this.push(null);
    },
  });
  try {
    return await Promise.race([
      converse(connection, server, envelope, message),
      failure(connection, timeoutMs),
    ]);
  } catch (error) {
    const reply = replyOf(saidBy(error));
    if (reply !== null) return reply;
    throw new TransportError(codeOf(error), began, error);
  } finally {
    connection.close();
  }
}

async function converse(
  connection: SMTPConnection,
  server: SmtpServer,
  { from, to }: Envelope,
  message: Readable,
): Promise<SmtpReply> {
  await called((done) => connection.connect(done));
  const { login } = server;
  if (login !== null) {
    const credentials = { user: login.user, pass: login.password };
    await called((done) => connection.login({ ...credentials, credentials }, done));
  }
  const info = await new Promise<{ response?: string; rejected: unknown[] }>((resolve, reject) => {
    connection.send({ from, to: [...to] }, message, (error, sent) =>
      error === null || error === undefined ? resolve(sent) : reject(error),
    );
  });
  const text = info.response ?? '';
  const status = Number(text.slice(0, 3));
  return { status, text, stage: 'message', refusedRecipients: info.rejected.length };
}

function called(work: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    work((error) => (error == null ? resolve() : reject(error)));
  });
}

/** Errors of the connection come as events, whatever is under way; and nothing may take for ever. */
function failure(connection: SMTPConnection, timeoutMs: number): Promise<never> {
  return new Promise((_resolve, reject) => {
    const late = Object.assign(new Error('no answer in time'), { code: 'TIMEOUT' });
    const timer = setTimeout(() => reject(late), timeoutMs);
    connection.once('end', () => clearTimeout(timer));
    connection.on('error', reject);
  });
}

/** A refusal in the server's own words; null when the connection broke and the server said nothing. */
function replyOf(error: Partial<SmtpError>): SmtpReply | null {
  const { responseCode, command = '', code = '' } = error;
  if (
    responseCode === undefined ||
    responseCode === 0 ||
    (command === 'CONN' && code !== 'EPROTOCOL')
  )
    return null;
  const stage = command.startsWith('AUTH')
    ? 'login'
    : code === 'EMESSAGE'
      ? 'message'
      : code === 'EENVELOPE'
        ? 'envelope'
        : 'greeting';
  return { status: responseCode, text: error.response ?? '', stage, refusedRecipients: 0 };
}

function codeOf(error: unknown): string {
  const { originalCode, code, name } = saidBy(error);
  if (code === 'ETIMEDOUT') return 'TIMEOUT';
  return originalCode ?? code ?? name ?? 'UNKNOWN';
}

/** By its shape: what Node's own sockets throw is no instance of a test's Error. */
function saidBy(error: unknown): Partial<SmtpError> {
  return typeof error === 'object' && error !== null ? error : {};
}

/** Servers repeat addresses in what they say. */
export function maskReply({ text }: SmtpReply): string {
  return text
    .replaceAll('\0', '')
    .replace(/[^\s<>@]+@[^\s<>@]+/g, '***')
    .slice(0, 2_000);
}
