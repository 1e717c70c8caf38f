/** Sends orders: so many in flight at once (closed loop), or so many a second whatever happens (open loop). */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { Agent } from 'undici';
import { countOpen } from './arrivals.ts';
import { sendWebhook, webhookOf } from './orders.ts';

export type Pace = { window: number } | { rate: number };

const pollMs = 25;

export class Load {
  /** When each order's webhook was sent, or had to be. */
  readonly sentAt = new Map<string, number>();
  readonly #agent = new Agent({ connections: 32 });
  readonly #url: string;
  readonly #admin: pg.Client;
  readonly #pace: Pace;
  readonly #sending = new Set<Promise<void>>();
  #failure: Error | undefined;
  #stopping = false;
  delivered = 0;

  constructor(url: string, admin: pg.Client, pace: Pace) {
    this.#url = url;
    this.#admin = admin;
    this.#pace = pace;
  }

  /** Until stop(); rejects when a webhook is not taken. */
  async run(): Promise<void> {
    const startedAt = Date.now();
    for (; !this.#stopping; await sleep(pollMs)) {
      this.delivered = await this.#countDelivered();
      const due =
        'rate' in this.#pace
          ? Math.floor(((Date.now() - startedAt) * this.#pace.rate) / 1000)
          : this.delivered + this.#pace.window;
      while (this.sentAt.size < due) {
        const n = this.sentAt.size;
        this.#send(n, 'rate' in this.#pace ? startedAt + (n * 1000) / this.#pace.rate : Date.now());
      }
      if (this.#failure !== undefined) throw this.#failure;
    }
    await Promise.all(this.#sending);
  }

  stop(): void {
    this.#stopping = true;
  }

  /** Lets what was sent arrive. */
  async drain(patienceMs: number): Promise<void> {
    for (const end = Date.now() + patienceMs; Date.now() < end; await sleep(200)) {
      this.delivered = await this.#countDelivered();
      if (this.delivered === this.sentAt.size && (await countOpen(this.#admin)) === 0) return;
    }
    throw new Error(`${this.sentAt.size - this.delivered} orders did not arrive`);
  }

  #send(n: number, at: number): void {
    const webhook = webhookOf(n, new Date());
    this.sentAt.set(webhook.externalId, at);
    const sending = sendWebhook(this.#url, this.#agent, webhook)
      .catch((cause: unknown) => {
        this.#failure ??= new Error('A webhook was not taken', { cause });
      })
      .then(() => void this.#sending.delete(sending));
    this.#sending.add(sending);
  }

  /** One row that the dispatcher keeps: asking costs next to nothing. */
  async #countDelivered(): Promise<number> {
    const { rows } = await this.#admin.query<{ orders: number }>({
      name: 'delivered',
      text: `select coalesce(sum(c.orders), 0)::integer as orders
        from app_public.order_counts c where c.status = 'delivered'`,
    });
    return rows[0]?.orders ?? 0;
  }
}
