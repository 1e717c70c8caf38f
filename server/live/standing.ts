import type pg from 'pg';
import type { Logger } from 'pino';

import { describeError } from '../../describe-error.ts';
import type { Member } from '../auth/access-token.ts';

/**
 * Why a member may no longer listen: gone, disabled or signed out, or another role than the token says.
 */
export type Lost = 'removed' | 'changed';

interface Watched {
  merchantId: number;
  sessionId: string;
  listeners: Set<{ role: Member['role']; onLost: (lost: Lost) => void }>;
}

interface StandingRow {
  session_id: string;
  role: string;
}

/** With a time-out: a connection that died without a word must not hold up the telling for good. */
const readStanding = {
  name: 'sessions-standing',
  text: 'select * from app_private.sessions_standing($1, $2)',
  query_timeout: 10_000,
};
const everyMs = 1000;

/**
 * Asks in one query for all sessions that listen to this process which of them still may: before anything is
 * delivered, so that what was committed after somebody's removal does not reach them, and each second,
 * so that their connections end when nothing happens.
 */
export class Standing {
  readonly #pool: pg.Pool;
  readonly #logger: Logger;
  readonly #watched = new Map<string, Watched>();
  readonly #timer: NodeJS.Timeout;
  #polling = false;

  constructor(pool: pg.Pool, logger: Logger) {
    this.#pool = pool;
    this.#logger = logger;
    this.#timer = setInterval(() => void this.#poll(), everyMs);
    this.#timer.unref();
  }

  /** Whether the token's claims hold now. */
  async holds({ merchantId, sessionId, role }: Member): Promise<boolean> {
    const { rows } = await this.#pool.query<StandingRow>({
      ...readStanding,
      values: [[merchantId], [sessionId]],
    });
    return rows[0]?.role === role;
  }

  /** Calls once when the member may no longer listen. Returns how to stop watching. */
  watch({ merchantId, sessionId, role }: Member, onLost: (lost: Lost) => void): () => void {
    const watched = this.#watched.get(sessionId) ?? { merchantId, sessionId, listeners: new Set() };
    this.#watched.set(sessionId, watched);
    const listener = { role, onLost };
    watched.listeners.add(listener);
    return () => {
      watched.listeners.delete(listener);
      if (watched.listeners.size === 0 && this.#watched.get(sessionId) === watched)
        this.#watched.delete(sessionId);
    };
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Lets go of whoever may no longer listen. When it fails, nothing may be delivered. */
  async check(): Promise<void> {
    const asked = [...this.#watched.values()];
    if (asked.length === 0) return;
    const { rows } = await this.#pool.query<StandingRow>({
      ...readStanding,
      values: [asked.map(({ merchantId }) => merchantId), asked.map(({ sessionId }) => sessionId)],
    });
    const roles = new Map(rows.map((row) => [row.session_id, row.role] as const));
    for (const watched of asked) tell(watched, roles.get(watched.sessionId));
  }

  async #poll(): Promise<void> {
    if (this.#polling) return;
    this.#polling = true;
    try {
      await this.check();
    } catch (error) {
      this.#logger.warn({ error: describeError(error) }, 'who may listen could not be read');
    } finally {
      this.#polling = false;
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
