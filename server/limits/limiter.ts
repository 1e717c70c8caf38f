import { createHmac } from 'node:crypto';
import type pg from 'pg';

import type { LimitName, RateLimits } from '../../rate-limits.ts';

/** One bucket to take from, as app_private.take_tokens() has it. */
export interface Take {
  kind: string;
  subject: string;
  burst: number;
  every_ms: number;
  cost: number;
}

const takeTokens = 'select app_private.take_tokens($1) as wait_ms';
const returnTokens = 'select app_private.return_tokens($1)';

/** The rate limits: settings here, buckets in PostgreSQL, so that all server processes share them. */
export class Limiter {
  readonly #pool: pg.Pool;
  readonly #limits: RateLimits;
  readonly #key: Uint8Array;

  constructor(pool: pg.Pool, limits: RateLimits, key: Uint8Array) {
    this.#pool = pool;
    this.#limits = limits;
    this.#key = key;
  }

  /** None when this limit is off. A `cost` of `all` is a full bucket. */
  take(name: LimitName, subject: string, cost: number | 'all' = 1): Take[] {
    const limit = this.#limits[name];
    if (!limit) return [];
    const { burst, everyMs } = limit;
    return [{ kind: name, subject, burst, every_ms: everyMs, cost: cost === 'all' ? burst : cost }];
  }

  /** For subjects that are personal data, or as long as a client likes. */
  digest(...parts: string[]): string {
    return createHmac('sha256', this.#key)
      .update(parts.join('\0'))
      .digest('base64url')
      .slice(0, 22);
  }

  /** One round trip. Returns the milliseconds to wait; 0: go on. */
  async admit(takes: Take[]): Promise<number> {
    if (takes.length === 0) return 0;
    const { rows } = await this.#pool.query<{ wait_ms: number }>(takeTokens, [
      JSON.stringify(takes),
    ]);
    return rows[0]?.wait_ms ?? 0;
  }

  /** The attempt was honest after all. */
  async giveBack(takes: Take[]): Promise<void> {
    if (takes.length > 0) await this.#pool.query(returnTokens, [JSON.stringify(takes)]);
  }
}
