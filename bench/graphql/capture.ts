/**
 * A listener between the server and PostgreSQL that reads along: which statements, with which parameters,
 * in which transactions. So the bare handler runs what is really sent, whatever plugins make of a document.
 */
import { createConnection, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface Statement {
  text: string;
  values: (string | null)[];
}

/** The statements between begin and commit, without the role and the claims. */
export type Transaction = Statement[];

export interface Capture {
  /** PostgreSQL's URL, by way of here. */
  url: string;
  /** What was sent while something was done. */
  during(work: () => Promise<unknown>): Promise<Transaction[]>;
  close(): Promise<void>;
}

export async function captureStatements(target: string): Promise<Capture> {
  const there = new URL(target);
  let sent: { connection: number; statement: Statement }[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    const upstream = createConnection(Number(there.port), there.hostname);
    const connection = ++connections;
    const reader = new FrontendReader((statement) => sent.push({ connection, statement }));
    socket.on('data', (bytes) => reader.read(bytes));
    for (const [from, to] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(target);
  url.port = String((server.address() as AddressInfo).port); // a TCP server's address is one
  return {
    url: url.href,
    async during(work) {
      sent = [];
      await work();
      return transactionsOf(sent);
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const control = /^\s*(begin|commit|set jit|select set_config)/i;

/** Only transactions with a role: GraphQL's. Others are single function calls without begin. */
function transactionsOf(sent: { connection: number; statement: Statement }[]): Transaction[] {
  const done: Transaction[] = [];
  const open = new Map<number, Transaction>();
  for (const { connection, statement } of sent) {
    if (/^\s*begin/i.test(statement.text)) {
      const transaction: Transaction = [];
      open.set(connection, transaction);
      done.push(transaction);
    } else if (!control.test(statement.text)) open.get(connection)?.push(statement);
  }
  return done;
}

/** Reads the messages of a client: simple queries, and parse and bind of the extended protocol. */
class FrontendReader {
  #kept: Buffer = Buffer.alloc(0);
  #started = false;
  #texts = new Map<string, string>();
  #tell: (statement: Statement) => void;

  constructor(tell: (statement: Statement) => void) {
    this.#tell = tell;
  }

  read(bytes: Buffer): void {
    this.#kept = Buffer.concat([this.#kept, bytes]);
    for (;;) {
      // The first message of a connection has no type.
      const head = this.#started ? 1 : 0;
      if (this.#kept.length < head + 4) return;
      const end = head + this.#kept.readInt32BE(head);
      if (this.#kept.length < end) return;
      const type = this.#started ? String.fromCharCode(this.#kept[0]!) : '';
      this.#message(type, this.#kept.subarray(head + 4, end));
      this.#kept = this.#kept.subarray(end);
      this.#started = true;
    }
  }

  #message(type: string, body: Buffer): void {
    if (type === 'Q') {
      this.#tell({ text: body.toString('utf8', 0, body.length - 1), values: [] });
    } else if (type === 'P') {
      const [name, rest] = cString(body);
      this.#texts.set(name, cString(rest)[0]);
    } else if (type === 'B') {
      const [, afterPortal] = cString(body);
      const [name, rest] = cString(afterPortal);
      this.#tell({ text: this.#texts.get(name) ?? '', values: boundValues(rest) });
    }
  }
}

function cString(bytes: Buffer): [text: string, rest: Buffer] {
  const end = bytes.indexOf(0);
  return [bytes.toString('utf8', 0, end), bytes.subarray(end + 1)];
}

function boundValues(body: Buffer): (string | null)[] {
  let at = 2 + 2 * body.readInt16BE(0);
  const values = [];
  for (let left = body.readInt16BE(at); left > 0; left -= 1) {
    const length = body.readInt32BE(at + 2);
    values.push(length < 0 ? null : body.toString('utf8', at + 6, at + 6 + length));
    at += 4 + Math.max(0, length);
  }
  return values;
}
