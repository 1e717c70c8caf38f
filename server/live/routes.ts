import express, { type Request, type Response, type Router } from 'express';
import type { Logger } from 'pino';

import { describeError } from '../../describe-error.ts';
import { bearerToken, type Member } from '../auth/access-token.ts';
import { refusal } from '../errors/refusal.ts';
import { respondRefusal } from '../http/respond-refusal.ts';
import { holderOf, type Admission } from './admission.ts';
import type { Channels, Source } from './channels.ts';
import type { OrderCounts } from './counts.ts';
import type { CustomerEvent } from './customer-event.ts';
import { SlowConsumerError, StreamEndedError } from './event-queue.ts';
import type { Hub } from './hub.ts';
import type { LiveEvent } from './live-event.ts';
import { countsMessage, customerMessage, readResumption, storeMessages } from './messages.ts';
import { formatMessage, SseStream } from './sse.ts';
import type { Standing } from './standing.ts';
import { issueStreamToken, readStreamToken, streamTokenSeconds } from './stream-token.ts';

export interface LiveRoutesOptions {
  channels: Channels;
  hub: Hub;
  admission: Admission;
  standing: Standing;
  readMember: (token: string) => Promise<Member | undefined>;
  streamKey: Uint8Array;
  logger: Logger;
}

/** How a source is told over one stream. */
interface Telling {
  source: Source;
  /** Where the reader is before anything was told. */
  startsAt?: string;
  /** What one payload says; empty when the reader had it already. */
  text: (payload: object) => string;
}

/** The live channels as Server-Sent Events, in the words of the source documents. */
export class LiveRoutes {
  readonly #options: LiveRoutesOptions;
  readonly #open = new Set<SseStream>();

  constructor(options: LiveRoutesOptions) {
    this.#options = options;
  }

  streamCount(): number {
    return this.#open.size;
  }

  close(): void {
    for (const stream of this.#open) stream.end('going away');
  }

  router(): Router {
    const routes = express.Router();
    routes.post('/stores/:id/stream-token', (request, response) =>
      this.#refusable(response, () => this.#streamToken(request, response)),
    );
    routes.get('/stores/:id/events', (request, response) =>
      this.#refusable(response, () => this.#events(request, response)),
    );
    routes.get('/stores/:id/order-counts', (request, response) =>
      this.#refusable(response, () => this.#counts(request, response)),
    );
    routes.get('/track/:publicId/events', (request, response) =>
      this.#refusable(response, () => this.#customerEvents(request, response)),
    );
    return routes;
  }

  async #streamToken(request: Request, response: Response): Promise<void> {
    const { readMember, streamKey } = this.#options;
    const token = bearerToken(request.get('authorization'));
    const member = token && (await readMember(token));
    if (!member) throw refusal('UNAUTHENTICATED', 'Sign in first.');
    const streamToken = await issueStreamToken(streamKey, member, storeIdOf(request));
    response.set('cache-control', 'no-store').json({ streamToken, expiresIn: streamTokenSeconds });
  }

  async #events(request: Request, response: Response): Promise<void> {
    const { channels, hub } = this.#options;
    const member = await this.#member(request);
    const resumption = readResumption(lastEventId(request));
    const startsAt = resumption ? undefined : hub.cursor();
    await this.#tell(response, member, undefined, async () => {
      const args = { storeId: storeIdOf(request), after: resumption?.after };
      const source = await channels.storeEvents(() => true, args, { member, address: '' });
      return {
        source,
        ...(startsAt === undefined ? {} : { startsAt }),
        // The channel's payloads are the hub's events.
        text: (event) => storeMessages(event as LiveEvent, resumption),
      };
    });
  }

  async #counts(request: Request, response: Response): Promise<void> {
    const member = await this.#member(request);
    await this.#tell(response, member, undefined, async () => ({
      source: await this.#options.channels.open(
        'orderCounts',
        { storeId: storeIdOf(request) },
        { member, address: '' },
      ),
      text: (counts) => formatMessage(countsMessage(counts as OrderCounts)),
    }));
  }

  async #customerEvents(request: Request, response: Response): Promise<void> {
    const { publicId } = request.params;
    await this.#tell(response, undefined, publicId, async () => ({
      source: await this.#options.channels.open(
        'customerOrderUpdated',
        { publicId, after: lastEventId(request) },
        { member: undefined, address: request.ip ?? '' },
      ),
      text: (event) => formatMessage(customerMessage(event as CustomerEvent)),
    }));
  }

  /** In a header, as everywhere; in the address for an EventSource, with a token made for that. */
  async #member(request: Request): Promise<Member> {
    const { readMember, streamKey, standing } = this.#options;
    const bearer = bearerToken(request.get('authorization'));
    const { token } = request.query;
    const member =
      bearer !== undefined
        ? await readMember(bearer)
        : typeof token === 'string'
          ? await readStreamToken(streamKey, token, storeIdOf(request))
          : undefined;
    if (!member || !(await standing.holds(member)))
      throw refusal('UNAUTHENTICATED', 'Sign in first.');
    return member;
  }

  async #tell(
    response: Response,
    member: Member | undefined,
    publicId: string | string[] | undefined,
    open: () => Promise<Telling>,
  ): Promise<void> {
    const leave = this.#options.admission.take(holderOf(member, publicId));
    try {
      const { source, startsAt, text } = await open();
      const stream = new SseStream(response, startsAt);
      this.#open.add(stream);
      const release = this.#endWith(stream, member);
      stream.onClose(() => {
        this.#open.delete(stream);
        release();
        void source.return?.();
      });
      await pass(source, stream, text, this.#options.logger);
    } finally {
      leave();
    }
  }

  /** A stream ends with the token, and when the member may no longer listen. */
  #endWith(stream: SseStream, member: Member | undefined): () => void {
    if (!member) return () => undefined;
    const unwatch = this.#options.standing.watch(member, () => stream.end('no longer allowed'));
    const left = Math.max(0, member.expiresAt.getTime() - Date.now());
    const timer = setTimeout(() => stream.end('the token has ended'), left);
    return () => {
      unwatch();
      clearTimeout(timer);
    };
  }

  async #refusable(response: Response, answer: () => Promise<void>): Promise<void> {
    try {
      await answer();
    } catch (error) {
      if (response.headersSent || !respondRefusal(response, error)) throw error;
    }
  }
}

/** One message after the other: a reader that takes none holds its source, whose queue is bounded. */
async function pass(
  source: Source,
  stream: SseStream,
  text: (payload: object) => string,
  logger: Logger,
): Promise<void> {
  try {
    for await (const { payload } of source) {
      const message = text(payload);
      if (message !== '') await stream.write(message);
    }
    stream.end('the end');
  } catch (error) {
    const expected = error instanceof SlowConsumerError || error instanceof StreamEndedError;
    if (!expected) logger.warn({ error: describeError(error) }, 'an event stream failed');
    stream.end(expected ? error.message : 'something went wrong');
  }
}

function storeIdOf(request: Request): number {
  const text = String(request.params.id);
  if (!/^\d{1,9}$/.test(text))
    throw refusal('NOT_FOUND', 'There is no such store.', { field: 'storeId' });
  return Number(text);
}

/** The header is the browser's own; the parameter is for the first connection of a page. */
function lastEventId(request: Request): string | undefined {
  const header = request.get('last-event-id');
  if (header !== undefined && header !== '') return header;
  const { after } = request.query;
  return typeof after === 'string' && after !== '' ? after : undefined;
}
