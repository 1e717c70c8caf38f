import type pg from 'pg';

import { decryptCredentials, type Credentials } from '../../outbound/credentials.ts';

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
const reject = 'select app_private.reject_webhook($1, $2, $3, $4)';
const accountOf = 'select app_private.message_account_of($1) as id';

/** The database's side of a webhook: one statement each. */
export class Intake {
  readonly #pool: pg.Pool;
  readonly #key: Uint8Array;

  constructor(pool: pg.Pool, key: Uint8Array) {
    this.#pool = pool;
    this.#key = key;
  }

  async findTarget(service: string, accountId: number): Promise<Target | undefined> {
    const { rows } = await this.#pool.query<{ merchant_id: number; secret: Buffer | null }>(
      findTarget,
      [service, accountId],
    );
    const [row] = rows;
    if (!row) return undefined;
    const credentials = row.secret ? decryptCredentials(this.#key, row.secret) : {};
    return { merchantId: row.merchant_id, accountId, credentials };
  }

  async findMessageAccount(phoneNumberId: string): Promise<number | undefined> {
    const { rows } = await this.#pool.query<{ id: number | null }>(accountOf, [phoneNumberId]);
    return rows[0]?.id ?? undefined;
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

  async reject(
    target: Target,
    service: string,
    reason: 'unsigned' | 'wrong_signature' | 'not_json',
  ): Promise<void> {
    await this.#pool.query(reject, [target.merchantId, service, target.accountId, reason]);
  }
}
