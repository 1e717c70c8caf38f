import type pg from 'pg';

import type { KeyRing } from '../../config.ts';
import { openCredentials, type Credentials } from '../../outbound/credentials.ts';
import type { Limiter } from '../limits/limiter.ts';

/** Who a webhook is for. Without credentials nothing can be verified. */
export interface Target {
  merchantId: number;
  accountId: number;
  credentials: Credentials;
}

export interface Delivery {
  service: string;
  topic: string;
  externalId: string;
  body: Buffer;
}

const findTarget = 'select merchant_id, secret from app_private.webhook_target($1, $2)';
const receive = 'select app_private.receive_message($1, $2, $3, $4, $5, $6)';
const reject = 'select app_private.reject_webhook($1, $2, $3, $4, $5) as wait_ms';
const accountOf = 'select app_private.message_account_of($1) as id';

/** The database's side of a webhook: one statement each. */
export class Intake {
  readonly #pool: pg.Pool;
  readonly #keys: KeyRing;
  readonly #limiter: Limiter;

  constructor(pool: pg.Pool, keys: KeyRing, limiter: Limiter) {
    this.#pool = pool;
    this.#keys = keys;
    this.#limiter = limiter;
  }

  async findTarget(service: string, accountId: number): Promise<Target | undefined> {
    const { rows } = await this.#pool.query<{ merchant_id: number; secret: Buffer | null }>(
      findTarget,
      [service, accountId],
    );
    const [row] = rows;
    if (!row) return undefined;
    const credentials = row.secret ? openCredentials(this.#keys, row.secret) : {};
    return { merchantId: row.merchant_id, accountId, credentials };
  }

  async findMessageAccount(phoneNumberId: string): Promise<number | undefined> {
    const { rows } = await this.#pool.query<{ id: number | null }>(accountOf, [phoneNumberId]);
    return rows[0]?.id ?? undefined;
  }

  /**
   * Milliseconds to wait before this genuine delivery; 0: go on. Its own statement, so that the
   * deliveries of one shop wait for one another only while a bucket is counted down and not while a
   * message is written.
   */
  admit(service: string, accountId: number): Promise<number> {
    return this.#limiter.admit(this.#limiter.take('webhookAccount', `${service}/${accountId}`));
  }

  /** The same for what is not genuine, or for nobody. Counts against the sender alone. */
  admitForgery(address: string): Promise<number> {
    return this.#limiter.admit(this.#limiter.take('webhookForgery', address));
  }

  /** Stored once: a repeat of the same delivery changes nothing. */
  async receive(target: Target, delivery: Delivery): Promise<void> {
    const { service, topic, externalId, body } = delivery;
    await this.#pool.query(receive, [
      target.merchantId,
      service,
      target.accountId,
      topic,
      externalId,
      body,
    ]);
  }

  /** Milliseconds that its sender must wait; 0: it was noted, say what was wrong. */
  async reject(
    target: Target,
    service: string,
    reason: 'unsigned' | 'wrong_signature' | 'not_json',
    address: string,
  ): Promise<number> {
    const takes = this.#limiter.take('webhookForgery', address);
    const { rows } = await this.#pool.query<{ wait_ms: number }>(reject, [
      target.merchantId,
      service,
      target.accountId,
      reason,
      JSON.stringify(takes),
    ]);
    return rows[0]?.wait_ms ?? 0;
  }
}
