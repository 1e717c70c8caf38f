import type { Response } from 'express';

/** Comments keep proxies from closing an idle stream. */
const beatMs = 15_000;

/** So long may a reader take nothing. */
const stalledMs = 10_000;

/** When a browser comes back after the stream ended. */
const retryMs = 2000;

export interface SseMessage {
  event: string;
  data: object;
  /** What the reader sends as Last-Event-ID in order to go on after this message. */
  id?: string;
}

export function formatMessage({ event, data, id }: SseMessage): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** One reader of Server-Sent Events. What it does not take is not kept for it. */
export class SseStream {
  readonly #response: Response;
  readonly #beat: NodeJS.Timeout;

  /** Begins the answer. `id` is where a reader goes on that gets nothing before it is cut off. */
  constructor(response: Response, id?: string) {
    this.#response = response;
    response.status(200).set({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    response.flushHeaders();
    response.write(`retry: ${retryMs}\n${id === undefined ? '' : `id: ${id}\n`}\n`);
    this.#beat = setInterval(() => {
      if (!response.writableNeedDrain) response.write(': beat\n\n');
    }, beatMs);
    response.once('close', () => clearInterval(this.#beat));
  }

  onClose(then: () => void): void {
    if (this.#response.closed) then();
    else this.#response.once('close', then);
  }

  /** Resolves when there is room for more, or nobody reads any longer. */
  async write(text: string): Promise<void> {
    const response = this.#response;
    if (response.closed || response.writableEnded || response.write(text)) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(patience);
        response.off('drain', done);
        response.off('close', done);
        resolve();
      };
      const patience = setTimeout(() => response.destroy(), stalledMs);
      response.once('drain', done);
      response.once('close', done);
    });
  }

  /** The last word, for people who look; the reader comes back by itself. */
  end(why: string): void {
    clearInterval(this.#beat);
    if (!this.#response.closed && !this.#response.writableEnded) this.#response.end(`: ${why}\n\n`);
  }
}
