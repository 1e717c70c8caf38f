import type { Socket } from 'node:net';
import type { FaultRule } from '../faults.ts';
import type { World } from '../world.ts';
import { saveMail } from './save-mail.ts';

const host = 'sandbox.example';
const largestMail = 10 * 1024 * 1024;
/** RFC 5321: a line has 1,000 octets at most, with its end. */
const longestLine = 1_000;
const defaultHoldMs = 120_000;
const address = /^<([^<>@\s]+@[^<>@\s]+)>(?:\s+.*)?$/;

/** One connection of a client, command by command (RFC 5321, with AUTH PLAIN and no TLS). */
export class SmtpSession {
  readonly #world: World;
  readonly #socket: Socket;
  #unread = '';
  #isGreeted = false;
  #isSignedIn = false;
  #from: string | null = null;
  #to: string[] = [];
  /** The lines of a mail under way; null between mails. */
  #lines: string[] | null = null;
  #size = 0;

  constructor(world: World, socket: Socket) {
    this.#world = world;
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => this.#take(chunk));
    socket.on('error', () => undefined); // the client left; nobody is told
    this.#say(`220 ${host} ESMTP`);
  }

  #say(...lines: string[]): void {
    if (!this.#socket.destroyed) this.#socket.write(lines.map((line) => `${line}\r\n`).join(''));
  }

  #take(chunk: string): void {
    this.#unread += chunk;
    for (;;) {
      const end = this.#unread.indexOf('\r\n');
      if (end < 0) break;
      const line = this.#unread.slice(0, end);
      this.#unread = this.#unread.slice(end + 2);
      if (this.#lines === null) this.#command(line);
      else this.#text(this.#lines, line);
    }
    if (this.#unread.length > longestLine) this.#socket.destroy();
  }

  #command(line: string): void {
    const [, verb = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(line) ?? [];
    const commands: Readonly<Record<string, () => void>> = {
      EHLO: () => this.#hello(),
      HELO: () => this.#hello(),
      AUTH: () => this.#signIn(rest),
      MAIL: () => this.#mailFrom(rest),
      RCPT: () => this.#mailTo(rest),
      DATA: () => this.#begin(),
      RSET: () => {
        this.#forget();
        this.#say('250 2.0.0 Reset');
      },
      NOOP: () => this.#say('250 2.0.0 Ok'),
      QUIT: () => {
        this.#say('221 2.0.0 Bye');
        this.#socket.end();
      },
    };
    const known = commands[verb.toUpperCase()];
    if (known === undefined) return this.#say('500 5.5.1 Unknown command');
    known();
  }

  #hello(): void {
    this.#isGreeted = true;
    this.#forget();
    const login = this.#world.settings.smtpLogin === null ? [] : ['250-AUTH PLAIN'];
    this.#say(`250-${host}`, ...login, `250-SIZE ${largestMail}`, '250 8BITMIME');
  }

  #signIn(rest: string): void {
    const [, given = ''] = /^PLAIN\s+(\S+)$/i.exec(rest) ?? [];
    const [, user, password] = Buffer.from(given, 'base64').toString('utf8').split('\0');
    const { smtpLogin } = this.#world.settings;
    this.#isSignedIn = smtpLogin?.user === user && smtpLogin?.password === password;
    if (this.#isSignedIn) return this.#say('235 2.7.0 Welcome');
    this.#world.books.count('smtp.send', 'smtp_535');
    this.#say('535 5.7.8 Username and password not accepted');
  }

  #mailFrom(rest: string): void {
    const from = address.exec(rest.replace(/^FROM:\s*/i, ''))?.[1];
    if (!this.#isGreeted) return this.#say('503 5.5.1 Say EHLO first');
    if (this.#world.settings.smtpLogin !== null && !this.#isSignedIn)
      return this.#say('530 5.7.0 Authentication required');
    if (this.#from !== null) return this.#say('503 5.5.1 A mail is under way');
    if (from === undefined) return this.#say('501 5.1.7 Bad sender');
    this.#from = from;
    this.#say('250 2.1.0 Ok');
  }

  #mailTo(rest: string): void {
    const to = address.exec(rest.replace(/^TO:\s*/i, ''))?.[1];
    if (this.#from === null) return this.#say('503 5.5.1 Say MAIL first');
    if (to === undefined) return this.#say('501 5.1.3 Bad recipient');
    if (to.startsWith('unknown')) return this.#say(`550 5.1.1 <${to}> does not live here`);
    this.#to.push(to);
    this.#say('250 2.1.5 Ok');
  }

  #begin(): void {
    if (this.#to.length === 0) return this.#say('503 5.5.1 Nobody to send it to');
    this.#lines = [];
    this.#say('354 Go ahead');
  }

  #text(lines: string[], line: string): void {
    this.#size += line.length + 2;
    if (line !== '.') {
      if (this.#size <= largestMail) lines.push(line.startsWith('.') ? line.slice(1) : line);
      return;
    }
    const mail = { from: this.#from ?? '', to: this.#to, text: lines.join('\r\n') };
    const isTooLarge = this.#size > largestMail;
    this.#forget();
    if (isTooLarge) return this.#say('552 5.3.4 Too large');
    void this.#accept(mail);
  }

  /** As with the other services, the effect comes after the wait even if the client has left. */
  async #accept(mail: { from: string; to: string[]; text: string }): Promise<void> {
    const { faults, agenda, settings, books } = this.#world;
    const { decisive, latencyMs } = faults.draw('smtp.send', settings.smtpLogin?.user ?? '');
    await agenda.sleep(settings.latencyMs + latencyMs);
    books.count('smtp.send', decisive?.kind ?? 'ok');
    if (decisive === null) return this.#say(`250 2.0.0 Queued as ${saveMail(this.#world, mail)}`);
    if (decisive.kind.endsWith('_after')) saveMail(this.#world, mail);
    this.#answerWithFault(decisive);
  }

  #answerWithFault(fault: FaultRule): void {
    const hold = () =>
      this.#world.agenda.in(fault.holdMs ?? defaultHoldMs, () => this.#socket.destroy());
    if (fault.kind.startsWith('time_out')) return hold();
    if (fault.kind.startsWith('drop')) return void this.#socket.resetAndDestroy();
    if (fault.kind === 'malformed_after') return this.#say('What?');
    this.#say(
      fault.kind === 'too_many_requests'
        ? '421 4.7.0 Too many mails, come back later'
        : '451 4.3.0 Local trouble',
    );
  }

  #forget(): void {
    this.#from = null;
    this.#to = [];
    this.#lines = null;
    this.#size = 0;
  }
}
