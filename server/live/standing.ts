import type pg from 'pg';
import type { Logger } from 'pino';

import { describeError } from '../../describe-error.ts';
import type { Member } from '../auth/access-token.ts';

/** Why a member may no longer listen: gone or disabled, or another role than the token says. */
export type Lost = 'removed' | 'changed';

interface Watched {
  merchantId: number;
  memberId: number;
  listeners: Set<{ role: Member['role']; onLost: (lost: Lost) => void }>;
}

interface StandingRow {
  merchant_id: number;
  member_id: number;
  role: string;
}

const readStanding = 'select * from app_private.members_standing($1, $2)';
const everyMs = 1000;

/**
 * Asks each second, in one query for all members who listen to this process, who of them still may:
 * permission is checked as events are delivered, not only on subscribing.
 */
export class Standing {
  readonly #pool: pg.Pool;
  readonly #logger: Logger;
  readonly #watched = new Map<string, Watched>();
  readonly #timer: NodeJS.Timeout;
  #asking = false;

  constructor(pool: pg.Pool, logger: Logger) {
    this.#pool = pool;
    this.#logger = logger;
    this.#timer = setInterval(() => void this.#check(), everyMs);
    this.#timer.unref();
  }

  /** Whether the token's claims hold now. */
  async holds({ merchantId, memberId, role }: Member): Promise<boolean> {
    const { rows } = await this.#pool.query<StandingRow>(readStanding, [[merchantId], [memberId]]);
    return rows[0]?.role === role;
  }

  /** Calls once when the member may no longer listen. Returns how to stop watching. */
  watch({ merchantId, memberId, role }: Member, onLost: (lost: Lost) => void): () => void {
    const key = `${merchantId} ${memberId}`;
    const watched = this.#watched.get(key) ?? { merchantId, memberId, listeners: new Set() };
    this.#watched.set(key, watched);
    const listener = { role, onLost };
    watched.listeners.add(listener);
    return () => {
      watched.listeners.delete(listener);
      if (watched.listeners.size === 0 && this.#watched.get(key) === watched)
        this.#watched.delete(key);
    };
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #check(): Promise<void> {
    if (this.#asking || this.#watched.size === 0) return;
    this.#asking = true;
    try {
      const asked = [...this.#watched.values()];
      const { rows } = await this.#pool.query<StandingRow>(readStanding, [
        asked.map(({ merchantId }) => merchantId),
        asked.map(({ memberId }) => memberId),
      ]);
      const roles = new Map(
        rows.map((row) => [`${row.merchant_id} ${row.member_id}`, row.role] as const),
      );
      for (const watched of asked) {
        tell(watched, roles.get(`${watched.merchantId} ${watched.memberId}`));
      }
    } catch (error) {
      // Without the database nothing is delivered either.
      this.#logger.warn({ error: describeError(error) }, 'who may listen could not be read');
    } finally {
      this.#asking = false;
    }
  }
}

function tell({ listeners }: Watched, roleNow: string | undefined): void {
  for (const listener of [...listeners]) {
    if (listener.role === roleNow) continue;
    listeners.delete(listener);
    listener.onLost(roleNow === undefined ? 'removed' : 'changed');
  }
}
