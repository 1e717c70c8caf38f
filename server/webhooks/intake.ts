import type pg from 'pg';

import type { KeyRing } from '../../config.ts';
import { openCredentials, type Credentials } from '../../outbound/credentials.ts';
import { Batches } from '../../database/batches.ts';
import type { Limiter } from '../limits/limiter.ts';

/** Who a webhook is for. Without credentials nothing can be verified. */
export interface Target {
  merchantId: number;
  accountId: number;
  credentials: Credentials;
}

export interface Delivery {
  topic: string;
  externalId: string;
  body: Buffer;
}

interface Stored extends Delivery {
  merchantId: number;
}

const findTarget = 'select merchant_id, secret from app_private.webhook_target($1, $2)';
const receive = 'select app_private.receive_messages($1, $2, $3, $4, $5, $6, $7) as wait_ms';
const reject = 'select app_private.reject_webhook($1, $2, $3, $4, $5) as wait_ms';
const accountOf = 'select app_private.message_account_of($1) as id';

/** For so long a secret that was withdrawn is still good; a new one is good at once. */
const rememberMs = 1_000;
/** Deliveries in one statement. */
const most = 50;

/** The database's side of a webhook: who it is for is remembered for a moment, and what is stored, in batches. */
export class Intake {
  readonly #pool: pg.Pool;
  readonly #keys: KeyRing;
  readonly #limiter: Limiter;
  readonly #targets = new Map<string, { at: number; target: Target | undefined }>();
  readonly #accounts = new Map<string, { at: number; id: number | undefined }>();
  readonly #batches = new Batches<Stored, number>((key, batch) => this.#store(key, batch), most);

  constructor(pool: pg.Pool, keys: KeyRing, limiter: Limiter) {
    this.#pool = pool;
    this.#keys = keys;
    this.#limiter = limiter;
  }

  /**
   * With the credentials for which the delivery is genuine, if there are such: what was remembered is
   * asked for again before anything is turned away.
   */
  async findTarget(
    service: string,
    accountId: number,
    isGenuine: (credentials: Credentials) => boolean,
  ): Promise<{ target: Target; genuine: boolean } | undefined> {
    const known = this.#targets.get(`${service}/${accountId}`);
    if (known?.target && performance.now() - known.at < rememberMs) {
      if (isGenuine(known.target.credentials)) return { target: known.target, genuine: true };
    }
    const target = await this.#readTarget(service, accountId);
    return target && { target, genuine: isGenuine(target.credentials) };
  }

  async #readTarget(service: string, accountId: number): Promise<Target | undefined> {
    const { rows } = await this.#pool.query<{ merchant_id: number; secret: Buffer | null }>(
      findTarget,
      [service, accountId],
    );
    const [row] = rows;
    if (!row) return undefined;
    const credentials = row.secret ? openCredentials(this.#keys, row.secret) : {};
    const target = { merchantId: row.merchant_id, accountId, credentials };
    this.#targets.set(`${service}/${accountId}`, { at: performance.now(), target });
    return target;
  }

  async findMessageAccount(phoneNumberId: string): Promise<number | undefined> {
    const known = this.#accounts.get(phoneNumberId);
    if (known && performance.now() - known.at < rememberMs) return known.id;
    const { rows } = await this.#pool.query<{ id: number | null }>(accountOf, [phoneNumberId]);
    const id = rows[0]?.id ?? undefined;
    // Numbers that are nobody's are not remembered: there are too many.
    if (id !== undefined) this.#accounts.set(phoneNumberId, { at: performance.now(), id });
    return id;
  }

  /**
   * Stores a genuine delivery once: a repeat changes nothing. Returns the milliseconds that its sender must
   * wait because there were too many; 0: it is stored and committed.
   */
  receive(service: string, target: Target, delivery: Delivery): Promise<number> {
    const { merchantId, accountId } = target;
    return this.#batches.add(`${service}/${accountId}`, { ...delivery, merchantId });
  }

  async #store(key: string, batch: Stored[]): Promise<number> {
    const [service = '', accountId] = key.split('/');
    const { rows } = await this.#pool.query<{ wait_ms: number }>(receive, [
      batch[0]?.merchantId,
      service,
      Number(accountId),
      JSON.stringify(this.#limiter.take('webhookAccount', key, batch.length)),
      batch.map(({ topic }) => topic),
      batch.map(({ externalId }) => externalId),
      batch.map(({ body }) => body),
    ]);
    const waitMs = rows[0]?.wait_ms ?? 0;
    // Not all of them may pass. One by one, some will.
    if (waitMs > 0 && batch.length > 1) throw new Error('The bucket has too few tokens');
    return waitMs;
  }

  /** The same for what is not genuine, or for nobody. Counts against the sender alone. */
  admitForgery(address: string): Promise<number> {
    return this.#limiter.admit(this.#limiter.take('webhookForgery', address));
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
