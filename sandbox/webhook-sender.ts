import type { Agenda } from './agenda.ts';
import type { Books } from './books.ts';
import type { Faults } from './faults.ts';

export interface Webhook {
  operation: 'delhivery.webhook' | 'bluedart.webhook' | 'shiprocket.webhook' | 'whatsapp.webhook';
  account: string;
  /** What it is about; «unordered» swaps two webhooks with the same subject. */
  subject: string;
  url: string;
  headers: Record<string, string>;
  body: string;
  timeoutMs: number;
  /** Gaps before each further try; when they are used up the webhook is lost. */
  retryGapsMs: readonly number[];
}

const mostInFlight = 32;
const longestHoldMs = 10_000;

interface Delivery {
  webhook: Webhook;
  tries: number;
}

/**
 * Pushes webhooks first in, first out, so many at a time but one at a time about one subject: what
 * comes out of order does so by request or after a failure, not by the luck of two connections.
 */
export class WebhookSender {
  #agenda: Agenda;
  #books: Books;
  #faults: Faults;
  #waiting: Delivery[] = [];
  /** Subjects in delivery, with what has to wait for that. */
  #lines = new Map<string, Delivery[]>();
  #held = new Map<string, Webhook>();
  #inFlight = 0;
  #abort = new AbortController();

  constructor(agenda: Agenda, books: Books, faults: Faults) {
    this.#agenda = agenda;
    this.#books = books;
    this.#faults = faults;
  }

  send(webhook: Webhook): void {
    const { colours } = this.#faults.draw(webhook.operation, webhook.account);
    if (colours.has('lost_webhooks')) {
      return this.#books.count(webhook.operation, 'lost_on_request');
    }
    const earlier = this.#held.get(webhook.subject);
    if (colours.has('unordered_webhooks') && earlier === undefined) return this.#hold(webhook);
    this.#enqueue(webhook, 0);
    if (colours.has('duplicate_webhooks')) this.#enqueue(webhook, 0);
    if (earlier !== undefined) this.#release(earlier);
  }

  close(): void {
    this.#waiting = [];
    this.#lines.clear();
    this.#held.clear();
    this.#abort.abort();
  }

  /** Kept back until the next one about the same subject has gone out, but not for ever. */
  #hold(webhook: Webhook): void {
    this.#held.set(webhook.subject, webhook);
    this.#agenda.in(longestHoldMs, () => this.#release(webhook));
  }

  #release(webhook: Webhook): void {
    if (this.#held.get(webhook.subject) !== webhook) return;
    this.#held.delete(webhook.subject);
    this.#enqueue(webhook, 0);
  }

  #enqueue(webhook: Webhook, tries: number): void {
    const line = this.#lines.get(webhook.subject);
    if (line !== undefined) {
      line.push({ webhook, tries });
      return;
    }
    this.#lines.set(webhook.subject, []);
    this.#waiting.push({ webhook, tries });
    this.#startNext();
  }

  #startNext(): void {
    while (this.#inFlight < mostInFlight) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#inFlight += 1;
      void this.#deliver(next.webhook, next.tries).finally(() => {
        this.#inFlight -= 1;
        this.#leave(next.webhook.subject);
        this.#startNext();
      });
    }
  }

  #leave(subject: string): void {
    const follower = this.#lines.get(subject)?.shift();
    if (follower === undefined) this.#lines.delete(subject);
    else this.#waiting.push(follower);
  }

  async #deliver(webhook: Webhook, tries: number): Promise<void> {
    const accepted = await this.#post(webhook);
    if (this.#abort.signal.aborted) return;
    this.#books.count(webhook.operation, accepted ? 'ok' : 'failed');
    if (accepted) return;
    const gapMs = webhook.retryGapsMs[tries];
    if (gapMs === undefined) return this.#books.count(webhook.operation, 'lost');
    // An immediate second try goes before whatever else there is to say about the subject.
    if (gapMs === 0) return this.#deliver(webhook, tries + 1);
    this.#agenda.in(gapMs, () => this.#enqueue(webhook, tries + 1));
  }

  async #post(webhook: Webhook): Promise<boolean> {
    const { url, headers, body, timeoutMs } = webhook;
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(timeoutMs)]);
    try {
      // A redirect is a failure for both services.
      const request = { method: 'POST', headers, body, signal, redirect: 'manual' } as const;
      const answer = await fetch(url, request);
      await answer.body?.cancel();
      return answer.ok;
    } catch {
      // The receiver is down or slow: that is the outcome, and the caller counts it.
      return false;
    }
  }
}
